import { IAM } from '@aws-sdk/client-iam';
import { App, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRoleStatements } from '../../src';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import type { Fact } from '../fact';
import type { Run } from '../run';

const [create] = ElastiCacheServiceLinkedRoleStatements.create();
const [documentedDelete, secondDelete] = ElastiCacheServiceLinkedRoleStatements.delete();

const TWO_STATEMENTS = 'docs/permissions.md: The documented delete statement alone allows nothing**†';
const EXACT_ARN = 'docs/permissions.md: Nothing is allowed on `*`.';

/** The statement as JSON, for the partition of the run. */
function inPartition(run: Run, statement: PolicyStatement): object {
  const resolved = JSON.stringify(new Stack(new App(), 'Stack').resolve(statement.toStatementJson()));
  return JSON.parse(resolved.replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"(.*?)"\]\]\}/g, `"arn:${run.caller.partition}$1"`)) as object;
}

/** What a principal that may do nothing else gets from a call. */
async function outcomeWith(run: Run, statement: object, ...calls: readonly ((iam: IAM) => Promise<unknown>)[]): Promise<string> {
  const { config } = await run.principalWith(statement);
  const iam = new IAM(config);
  const outcomes: string[] = [];
  for (const call of calls) {
    outcomes.push(await run.outcome(() => call(iam)));
  }
  iam.destroy();
  return outcomes.join(', ');
}

const createRole = (iam: IAM) => iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL });

/** Deletes by the principal, and reads the status of a task that the run starts if the principal cannot. */
function deletionWith(statement: PolicyStatement) {
  return async (run: Run) => {
    let taskId: string | undefined;
    return outcomeWith(run, inPartition(run, statement),
      async (iam) => taskId = (await iam.deleteServiceLinkedRole({ RoleName: ROLE_NAME })).DeletionTaskId,
      async (iam) => iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId ??= (await run.deleteRole()).taskId }));
  };
}

function simulationOf(statement: PolicyStatement) {
  return async (run: Run) => {
    const { arn } = await run.principalWith(inPartition(run, statement));
    const { EvaluationResults: results = [] } = await run.iam.simulatePrincipalPolicy({
      PolicySourceArn: arn,
      ActionNames: ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'],
      ResourceArns: [run.roleArn],
    });
    return results.map(({ EvalDecision }) => EvalDecision).join(', ');
  };
}

/** What the statements of the package allow, each alone. */
export const STATEMENTS: readonly Fact[] = [
  {
    topic: 'Creation',
    name: 'CreateServiceLinkedRole, by a principal that may call only that, on the exact ARN, and may not call PutRolePolicy',
    sentence: EXACT_ARN,
    expected: 'allowed',
    given: 'no role',
    observe: (run) => outcomeWith(run, { Effect: 'Allow', Action: 'iam:CreateServiceLinkedRole', Resource: run.roleArn }, createRole),
  },
  {
    topic: 'Statements',
    name: 'CreateServiceLinkedRole, then PutRolePolicy on the role, with the documented create statement alone',
    sentence: 'docs/permissions.md: `iam:PutRolePolicy` in the create statement has no effect.†',
    expected: 'allowed, denied',
    given: 'no role',
    observe: (run) => outcomeWith(run, inPartition(run, create), createRole,
      (iam) => iam.putRolePolicy({ RoleName: ROLE_NAME, PolicyName: 'verify', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] }) })),
  },
  {
    topic: 'Statements',
    name: 'DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus with the documented delete statement alone',
    sentence: TWO_STATEMENTS,
    expected: 'denied, denied',
    given: 'the role',
    observe: deletionWith(documentedDelete),
  },
  {
    topic: 'Statements',
    name: 'DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus with the second delete statement alone',
    sentence: TWO_STATEMENTS,
    expected: 'allowed, allowed',
    given: 'the role',
    observe: deletionWith(secondDelete),
  },
  {
    topic: 'Statements',
    name: 'SimulatePrincipalPolicy of the two delete actions with the documented delete statement alone',
    sentence: TWO_STATEMENTS,
    expected: 'implicitDeny, implicitDeny',
    observe: simulationOf(documentedDelete),
  },
  {
    topic: 'Statements',
    name: 'SimulatePrincipalPolicy of the two delete actions with the second delete statement alone',
    sentence: TWO_STATEMENTS,
    expected: 'allowed, allowed',
    observe: simulationOf(secondDelete),
  },
  {
    topic: 'Statements',
    name: 'SimulatePrincipalPolicy of CreateServiceLinkedRole with the documented create statement alone',
    sentence: 'docs/permissions.md: `create` and the first statement of `delete` are those of the ElastiCache documentation.',
    expected: 'allowed',
    notLocal: 'MiniStack\'s SimulatePrincipalPolicy takes no context keys',
    observe: async (run) => {
      const { arn } = await run.principalWith(inPartition(run, create));
      const { EvaluationResults: [result] = [] } = await run.iam.simulatePrincipalPolicy({
        PolicySourceArn: arn,
        ActionNames: ['iam:CreateServiceLinkedRole'],
        ResourceArns: [run.roleArn],
        ContextEntries: [{ ContextKeyName: 'iam:AWSServiceName', ContextKeyType: 'string', ContextKeyValues: [SERVICE_PRINCIPAL] }],
      });
      return result.EvalDecision!;
    },
  },
];
