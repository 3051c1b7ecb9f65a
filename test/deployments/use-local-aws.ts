import { Account } from '../../local-aws/aws-account';
import { LocalAws } from '../../local-aws/local-aws';

/** Runs a local AWS during the tests of a file. Returns a function that creates an empty account. */
export function useLocalAws(): () => Account {
  let aws: LocalAws | undefined;
  const accounts: Account[] = [];

  beforeAll(async () => {
    aws = await LocalAws.start({ onInstall: () => process.stderr.write('Installing MiniStack\n') });
  }, 300_000);

  afterAll(async () => {
    accounts.forEach(account => account.close());
    await aws?.stop();
  });

  return () => {
    const account = new Account(aws!);
    accounts.push(account);
    return account;
  };
}
