import { type ContextEntry, IAM } from '@aws-sdk/client-iam';
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
  const iam = new IAM((await run.principalWith(statement)).config);
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

async function simulationOf(run: Run, statement: PolicyStatement, actions: readonly string[], ...ContextEntries: ContextEntry[]): Promise<string> {
  const { arn: PolicySourceArn } = await run.principalWith(inPartition(run, statement));
  const ActionNames = actions.map((action) => `iam:${action}`);
  const simulation = { PolicySourceArn, ActionNames, ResourceArns: [run.roleArn], ContextEntries };
  return (await run.iam.simulatePrincipalPolicy(simulation)).EvaluationResults!.map(({ EvalDecision }) => EvalDecision).join(', ');
}

/** Against which ARN IAM authorizes GetRole for a role that does not exist. */
export const READING_MISSING_ROLE = facts('Missing role', 'no role', ([
  ['the ARN of the role alone', 'denied', (arn) => [arn]],
  ['the ARN without a path alone', '404 NoSuchEntityException', (arn) => [withoutPath(arn)]],
  ['both ARNs', '404 NoSuchEntityException', (arn) => [arn, withoutPath(arn)]],
] satisfies [arns: string, expected: string, resources: (roleArn: string) => string[]][]).map(([arns, expected, resources]) => [
  `GetRole of a missing role, by a principal that may read ${arns}`,
  'docs/permissions.md: IAM authorizes `GetRole` for a nonexistent role against the ARN without a path†, hence the second ARN.',
  expected, (run) => outcomeWith(run, { Effect: 'Allow', Action: 'iam:GetRole', Resource: resources(run.roleArn) }, getRole),
]));

function withoutPath(roleArn: string): string {
  return roleArn.replace(/role\/.*/, `role/${ROLE_NAME}`);
}

const BOTH = ['DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus'];
const FOR_ELASTICACHE: ContextEntry = { ContextKeyName: 'iam:AWSServiceName', ContextKeyType: 'string', ContextKeyValues: [SERVICE_PRINCIPAL] };

const EXACT_ARN = 'docs/permissions.md: nothing is allowed on `*`.';
const NO_EFFECT = 'docs/permissions.md: `iam:PutRolePolicy` in the create statement has no effect.†';
const TWO_STATEMENTS = 'docs/permissions.md: The documented delete statement alone allows nothing**†';
const DOCUMENTED = 'docs/permissions.md: `create` and the first statement of `delete` are those of the ElastiCache documentation.';
const NO_KEYS = 'MiniStack\'s SimulatePrincipalPolicy takes no context keys';

/** What the statements of the package allow, each alone. */
export const STATEMENTS = facts('Statements', undefined, [
  ['CreateServiceLinkedRole, by a principal that may call only that, on the exact ARN, and may not call PutRolePolicy', EXACT_ARN,
    'allowed', (run) => outcomeWith(run, { Effect: 'Allow', Action: 'iam:CreateServiceLinkedRole', Resource: run.roleArn }, createRole),
    { topic: 'Creation', given: 'no role' }],
  ['CreateServiceLinkedRole, then PutRolePolicy on the role, with the documented create statement alone', NO_EFFECT,
    'allowed, denied', (run) => outcomeWith(run, inPartition(run, create), createRole, putRolePolicy), { given: 'no role' }],
  ['DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus with the documented delete statement alone', TWO_STATEMENTS,
    'denied, denied', (run) => deletionWith(run, documentedDelete), { given: 'the role' }],
  ['DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus with the second delete statement alone', TWO_STATEMENTS,
    'allowed, allowed', (run) => deletionWith(run, secondDelete), { given: 'the role' }],
  ['SimulatePrincipalPolicy of the two delete actions with the documented delete statement alone', TWO_STATEMENTS,
    'implicitDeny, implicitDeny', (run) => simulationOf(run, documentedDelete, BOTH)],
  ['SimulatePrincipalPolicy of the two delete actions with the second delete statement alone', TWO_STATEMENTS,
    'allowed, allowed', (run) => simulationOf(run, secondDelete, BOTH)],
  ['SimulatePrincipalPolicy of CreateServiceLinkedRole with the documented create statement alone', DOCUMENTED,
    'allowed', (run) => simulationOf(run, create, ['CreateServiceLinkedRole'], FOR_ELASTICACHE), { notLocal: NO_KEYS }],
]);
