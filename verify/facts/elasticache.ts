import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import { describe, ignoringMissingRole } from '../errors';
import { atMost, type Fact, facts } from '../fact';
import { type Run, seconds } from '../run';

type Call = (run: Run, elastiCache: ElastiCache) => Promise<unknown>;

const describeUsers: Call = (_, elastiCache) => elastiCache.describeUsers({});

const createUser: Call = async (run, elastiCache) => {
  const id = run.name('user');
  const AuthenticationMode = { Type: 'no-password-required' } as const;
  await elastiCache.createUser({ UserId: id, UserName: id, Engine: 'valkey', AccessString: 'off -@all', AuthenticationMode });
  toDelete(run, 'user', id, () => run.until(`the deletion of the user ${id}`, () => deleteUser(run, id)));
};

/** Whether the user no longer exists. Until then, requests its deletion. While the user is created or deleted, its state is invalid. */
function deleteUser(run: Run, UserId: string): Promise<true | undefined> {
  return run.elastiCache.deleteUser({ UserId }).then(() => undefined, ({ name, message }: Error) => {
    if (!/^(InvalidUserState|UserNotFound)/.test(name)) throw new Error(`${name}: ${message}`);
    return name.startsWith('UserNotFound') || undefined;
  });
}

const createSubnetGroup: Call = async (run, elastiCache) => {
  const { Subnets: [subnet] = [] } = await new EC2Client(run.target.clientConfig()).send(new DescribeSubnetsCommand({}));
  if (!subnet) throw new Error('the Region has no subnet');
  const group = { CacheSubnetGroupName: run.name('subnets'), CacheSubnetGroupDescription: 'Of npm run verify', SubnetIds: [subnet.SubnetId!] };
  await elastiCache.createCacheSubnetGroup(group);
  toDelete(run, 'subnet group', group.CacheSubnetGroupName, () => run.elastiCache.deleteCacheSubnetGroup(group));
};

const createParameterGroup: Call = async (run, elastiCache) => {
  const group = { CacheParameterGroupName: run.name('parameters'), CacheParameterGroupFamily: 'redis7', Description: 'Of npm run verify' };
  await elastiCache.createCacheParameterGroup(group);
  toDelete(run, 'parameter group', group.CacheParameterGroupName, () => run.elastiCache.deleteCacheParameterGroup(group));
};

/** Registers an ElastiCache resource, whose deletion needs the role. */
function toDelete(run: Run, kind: string, name: string, deletion: () => Promise<unknown>): void {
  run.toDelete(`the ElastiCache ${kind} ${name} in ${run.region}`, async () => {
    await run.withRole();
    await deletion();
  });
}

/** Creates the role, and repeats the call until it is accepted. Returns the age of the role. */
async function ageWhenAccepted(run: Run, call: Call): Promise<string> {
  const { CreateDate: date } = await run.createRole();
  await run.until('an accepted call', () => call(run, run.elastiCache).then(() => true, ignoringMissingRole));
  return seconds(Date.now() - date!.getTime());
}

async function createUserAfterDescribeUsers(run: Run): Promise<string> {
  const age = await ageWhenAccepted(run, describeUsers);
  return `${await createUser(run, run.elastiCache).then(() => 'accepted', describe)}, ${age} after CreateDate`;
}

const MINIMUM_AGE = 'docs/how-it-works.md: The handler therefore waits until the role has a minimum age, `propagationDelay`, '
  + 'counted from its creation by any principal';

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
  const elastiCache = new ElastiCache(await run.principalWith(...statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }))));
  const outcome = await run.outcome(() => call(run, elastiCache));
  return outcome !== 'allowed' ? outcome : await run.role() ? 'created, and the role with it' : 'created, without the role';
}

const NEEDS_ROLE = '400 ServiceLinkedRoleNotFoundFault';
const WHICH_NEED = 'docs/permissions.md: Creating a subnet group and deleting a parameter group have failed without it.';
const BY_THEMSELVES = 'docs/permissions.md: CloudFormation itself requires `iam:CreateServiceLinkedRole` to create cache clusters, '
  + 'replication groups, and parameter groups, so that ElastiCache can create the role.';

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

async function deleteRoleBesideUser(run: Run): Promise<string> {
  await run.until('an accepted CreateUser', () => createUser(run, run.elastiCache).then(() => true, ignoringMissingRole));
  const { status = 'unknown', reason } = await run.deleteRole();
  return [status, ...reason ? [JSON.stringify(reason)] : []].join(': ');
}

const USE = facts('Which use the role', 'the role', [
  ['deletion of the role while an ElastiCache user exists',
    'docs/removal.md: It does not count ElastiCache users, user groups, subnet groups, and parameter groups.†', 'SUCCEEDED', deleteRoleBesideUser],
]);

/** How soon ElastiCache accepts the role, and what needs and uses it. */
export const ELASTICACHE: readonly Fact[] = [...ACCEPTANCE, ...NEED, ...USE];
