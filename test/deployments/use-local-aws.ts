import { Account, AWS_CLI_REQUIREMENTS, type Declare } from '../../local-aws/aws-account';
import { LocalAws } from '../../local-aws/local-aws';
import { installedPython } from '../../local-aws/python';

/** Runs a local AWS during the tests of a file. They mostly wait, so five run at once, each in its own account. */
export function useLocalAws() {
  jest.setTimeout(300_000);

  let aws: LocalAws | undefined;
  const accounts: Account[] = [];

  beforeAll(async () => {
    aws = await LocalAws.start();
    await installedPython(AWS_CLI_REQUIREMENTS);
  });

  afterAll(async () => {
    accounts.forEach(account => account.close());
    await aws?.stop();
  });

  function emptyAccount(): Account {
    const account = new Account(aws!);
    accounts.push(account);
    return account;
  }

  /** Deploys a stack to an account without a role. Returns the ID of the role afterward, too. */
  async function deployed(declare: Declare) {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(declare);
    return { account, stack, id: await account.roleId() };
  }

  return { emptyAccount, deployed };
}

/** An error of IAM that the handler does not retry. */
export const FAULT = { code: 'ValidationError', status: 400, message: 'try later' };
