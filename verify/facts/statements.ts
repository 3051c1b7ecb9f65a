import { IAM } from '@aws-sdk/client-iam';
import { Aws } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRoleStatements } from '../../src';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import { facts } from '../fact';
import { policy, type Run } from '../run';

const [create] = ElastiCacheServiceLinkedRoleStatements.create();
const [documentedDelete, secondDelete] = ElastiCacheServiceLinkedRoleStatements.delete();

type Call = (iam: IAM) => Promise<unknown>;

const getRole: Call = (iam) => iam.getRole({ RoleName: ROLE_NAME });
const createRole: Call = (iam) => iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL });
const putRolePolicy: Call = (iam) =>
  iam.putRolePolicy({ RoleName: ROLE_NAME, PolicyName: 'verify', PolicyDocument: policy({ Effect: 'Deny', Action: '*', Resource: '*' }) });

/** The statement as JSON, for the partition of the run. */
function inPartition(run: Run, statement: PolicyStatement): object {
  return JSON.parse(JSON.stringify(statement).replaceAll(Aws.PARTITION, run.partition)) as object;
}

/** What a principal that may do nothing else gets from each call. */
async function outcomeWith(run: Run, statement: object, ...calls: readonly Call[]): Promise<string> {
  const iam = new IAM(await run.principalWith(statement));
  const outcomes: string[] = [];
  for (const call of calls) outcomes.push(await run.outcome(() => call(iam)));
  return outcomes.join(', ');
}

/** Deletes by the principal, and reads the status of a task that the run starts if the principal cannot. */
async function deletionWith(run: Run, statement: PolicyStatement): Promise<string> {
  let taskId: string | undefined;
  return outcomeWith(run, inPartition(run, statement),
    async (iam) => taskId = (await iam.deleteServiceLinkedRole({ RoleName: ROLE_NAME })).DeletionTaskId,
    async (iam) => iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId ??= (await run.deleteRole()).taskId }));
}

const MISSING_ROLE = 'docs/permissions.md: IAM authorizes `GetRole` for a nonexistent role against the ARN without a path†, hence the second ARN.';
const NO_EFFECT = 'docs/permissions.md: `iam:PutRolePolicy` in the create statement has no effect.†';
const TWO_STATEMENTS = 'docs/permissions.md: The documented delete statement alone allows nothing**†';

/** What a principal may do with one statement. The deployments show what the function may do with its own. */
export const STATEMENTS = [
  ...facts('Statements', 'no role', [
    ['GetRole of a missing role, by a principal that may read the ARN of the role alone', MISSING_ROLE,
      'denied', (run) => outcomeWith(run, { Effect: 'Allow', Action: 'iam:GetRole', Resource: run.roleArn }, getRole)],
    ['GetRole of a missing role, by a principal that may read the ARN without a path alone', MISSING_ROLE, '404 NoSuchEntityException',
      (run) => outcomeWith(run, { Effect: 'Allow', Action: 'iam:GetRole', Resource: run.roleArn.replace(/role\/.*/, `role/${ROLE_NAME}`) }, getRole)],
    ['CreateServiceLinkedRole, then PutRolePolicy on the role, with the documented create statement alone', NO_EFFECT,
      'allowed, denied', (run) => outcomeWith(run, inPartition(run, create), createRole, putRolePolicy)],
  ]),
  ...facts('Statements', 'the role', [
    ['DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus with the documented delete statement alone', TWO_STATEMENTS,
      'denied, denied', (run) => deletionWith(run, documentedDelete)],
    ['DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus with the second delete statement alone', TWO_STATEMENTS,
      'allowed, allowed', (run) => deletionWith(run, secondDelete)],
  ]),
];
