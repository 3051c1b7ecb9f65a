import type { Run } from './run';
import { Account, AwsAccount } from '../local-aws/aws-account';

/** The account of the run, for stacks that the run deletes. */
export function accountOfRun(run: Run): AwsAccount {
  const account = new AwsAccount({
    ...run.aws,
    prefix: `${run.name('case')}-`,
    isAsynchronous: true,
    wait: () => run.sleep(run.aws.pollInterval),
    onStack: (stack) => run.created({
      description: `the stack ${stack.name}`,
      command: `aws cloudformation delete-stack --stack-name ${stack.name} --region ${run.aws.region}`,
      delete: () => stack.destroyIfExists(),
    }),
  });
  run.onEnd(() => account.close());
  return account;
}

/** An account for a case: that of the run, or a new one of the local AWS, whose calls and settings are its own. */
export function accountForCase(run: Run): AwsAccount {
  if (!run.aws.local) {
    return accountOfRun(run);
  }
  const account = new Account(run.aws.local);
  run.onEnd(() => account.close());
  return account;
}
