import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { DEPLOY, LOGICAL_ID } from '../../local-aws/aws-account';
import { DESTROY, roleWith } from '../../local-aws/declarations';
import { type Case, CASES } from '../../local-aws/deployment-cases';
import { accountForCase } from '../accounts';
import type { Fact } from '../fact';

function factOf({ name, run: deploy }: Case): Fact {
  return {
    topic: 'Deployments',
    name,
    sentence: 'README.md: not yet verified on an AWS account',
    expected: 'passes',
    agrees: (seen) => seen.startsWith('passes'),
    given: 'no role',
    observe: async (run) => {
      const words = await deploy(accountForCase(run));
      return words ? `passes. CloudFormation reports: ${words}` : 'passes';
    },
  };
}

/** Declares the role with a propagation delay that the handler refuses. */
function failing(stack: Stack): void {
  const delay = new CfnParameter(stack, 'Delay', { type: 'Number', default: 9999 });
  roleWith({ ...DESTROY, propagationDelay: Duration.seconds(delay.valueAsNumber) })(stack);
}

/** The end-to-end cases, and what they leave open. */
export const DEPLOYMENTS: readonly Fact[] = [
  ...CASES.map(factOf),
  {
    topic: 'Deployments',
    name: 'with --no-rollback, the next deployment creates the resource again and then deletes the failed one',
    sentence: 'docs/how-it-works.md: With `--no-rollback`, the next deployment adopts the role before CloudFormation deletes the failed resource.',
    expected: 'CREATE_IN_PROGRESS, CREATE_COMPLETE, DELETE_IN_PROGRESS, DELETE_COMPLETE',
    notLocal: 'MiniStack updates the failed resource instead of creating it again',
    given: 'no role',
    observe: async (run) => {
      const stack = accountForCase(run).stack('Again');
      await stack.cdk(failing, ...DEPLOY, '--no-rollback');
      const before = (await stack.events()).length;
      const { exitCode, output } = await stack.cdk(roleWith(DESTROY), ...DEPLOY, '--no-rollback');
      const statuses = (await stack.events()).slice(before).filter((event) => event.startsWith(`${LOGICAL_ID} `)).map((event) => event.split(' ')[1]);
      return exitCode === 0 ? statuses.filter((status, index) => status !== statuses[index - 1]).join(', ') : `failed: ${output}`;
    },
  },
];
