import { ElastiCache } from '@aws-sdk/client-elasticache';
import { createParameterGroup, createSubnetGroup, createUser } from './elasticache-resources';
import { describe, ignoringMissingRole } from '../errors';
import { atMost, type Fact, facts } from '../fact';
import { type Run, seconds } from '../run';

type Call = (run: Run, elastiCache: ElastiCache) => Promise<unknown>;

const describeUsers: Call = (_, elastiCache) => elastiCache.describeUsers({});

/** Creates the role, and repeats the call until it is accepted. Returns the age of the role. */
async function ageWhenAccepted(run: Run, call: Call): Promise<string> {
  const { CreateDate: date } = await run.createRole();
  await run.until('an accepted call', () => call(run, run.elastiCache).then(() => true, ignoringMissingRole));
  return seconds(Date.now() - date!.getTime());
}

async function createUserAfterDescribeUsers(run: Run): Promise<string> {
  const age = await ageWhenAccepted(run, describeUsers);
  return `${await createUser(run).then(() => 'accepted', describe)}, ${age} after CreateDate`;
}

const MINIMUM_AGE = 'docs/how-it-works.md: The handler therefore waits until the role has a minimum age, `propagationDelay`, counted from its creation by any principal';

const ACCEPTANCE = facts('Propagation', 'no role', [
  ...[1, 2, 3, 4, 5].map((time) => [
    `from CreateDate to the first accepted CreateUser, time ${time} of 5`, MINIMUM_AGE, atMost(60), (run: Run) => ageWhenAccepted(run, createUser),
  ] as const),
  ['when DescribeUsers no longer answers ServiceLinkedRoleNotFoundFault, is CreateUser accepted?', MINIMUM_AGE,
    { expected: 'accepted', agrees: (seen) => seen.startsWith('accepted') }, createUserAfterDescribeUsers],
]);

/** What a call without the role comes to, by a principal that may create the role or not. */
async function outcomeWithoutRole(run: Run, mayCreateRole: boolean, call: Call): Promise<string> {
  const statements = [['elasticache:*', '*'], ...mayCreateRole ? [['iam:CreateServiceLinkedRole', run.roleArn]] : []];
  const { config } = await run.principalWith(...statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })));
  const outcome = await run.outcome(() => call(run, new ElastiCache(config)));
  return outcome !== 'allowed' ? outcome : await run.role() ? 'created, and the role with it' : 'created, without the role';
}

const NEEDS_ROLE = '400 ServiceLinkedRoleNotFoundFault';
const WHICH_NEED = 'docs/permissions.md: Creating a subnet group and deleting a parameter group have failed without it.';
const BY_THEMSELVES = 'docs/permissions.md: CloudFormation itself requires `iam:CreateServiceLinkedRole` to create cache clusters, replication groups, '
  + 'and parameter groups, so that ElastiCache can create the role.';

const NEED = facts('Which need the role', 'no role', ([
  ['DescribeUsers', describeUsers, false, NEEDS_ROLE],
  ['CreateUser', createUser, false, NEEDS_ROLE],
  ['CreateCacheSubnetGroup', createSubnetGroup, false, NEEDS_ROLE],
  ['CreateCacheParameterGroup', createParameterGroup, false, 'created, without the role'],
  ['CreateUser', createUser, true, NEEDS_ROLE],
  ['CreateCacheSubnetGroup', createSubnetGroup, true, NEEDS_ROLE],
  ['CreateCacheParameterGroup', createParameterGroup, true, 'created, and the role with it'],
] as const).map(([action, call, mayCreateRole, expected]) => [
  `${action} without the role, by a principal that may ${mayCreateRole ? '' : 'not '}create it`, mayCreateRole ? BY_THEMSELVES : WHICH_NEED,
  expected, (run) => outcomeWithoutRole(run, mayCreateRole, call),
]));

/** How soon ElastiCache accepts the role, and what needs it. */
export const PROPAGATION: readonly Fact[] = [...ACCEPTANCE, ...NEED];
