import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCache, type CreateUserCommandInput } from '@aws-sdk/client-elasticache';
import { atMost, type Fact } from '../fact';
import { describe, type Run, seconds } from '../run';

const MISSING_ROLE = '400 ServiceLinkedRoleNotFoundFault';
const REPETITIONS = [1, 2, 3, 4, 5];

type Create = (run: Run, elastiCache: ElastiCache) => Promise<unknown>;

const user = (id: string): CreateUserCommandInput =>
  ({ UserId: id, UserName: id, Engine: 'valkey', AccessString: 'off -@all', AuthenticationMode: { Type: 'no-password-required' } });

/** Creates a user. Returns its ID. */
export async function createUser(run: Run, elastiCache: ElastiCache): Promise<string> {
  const id = run.name('user');
  await elastiCache.createUser(user(id));
  run.created({
    description: `the ElastiCache user ${id}`,
    command: `aws elasticache delete-user --user-id ${id} --region ${run.aws.region}`,
    delete: () => deleteUser(run, id),
  });
  return id;
}

/** Deletes a user, if it exists, and waits until it no longer exists. */
export async function deleteUser(run: Run, id: string): Promise<void> {
  await run.withRole(); // Without it, ElastiCache deletes no user.
  const status = async () => {
    try {
      return (await run.elastiCache.describeUsers({ UserId: id })).Users?.[0]?.Status;
    } catch (error) {
      if ((error as Error).name.startsWith('UserNotFound')) {
        return 'deleted';
      }
      throw error;
    }
  };
  const isSettled = (found?: string) => found === 'active' || found === 'deleted' ? found : undefined;
  if (await run.until(`the creation of the user ${id}`, async () => isSettled(await status())) === 'active') {
    await run.elastiCache.deleteUser({ UserId: id });
    await run.until(`the deletion of the user ${id}`, async () => await status() === 'deleted' || undefined);
  }
}

async function createSubnetGroup(run: Run, elastiCache: ElastiCache): Promise<void> {
  const ec2 = new EC2Client(run.aws.clientConfig());
  const { Subnets: [subnet] = [] } = await ec2.send(new DescribeSubnetsCommand({})).finally(() => ec2.destroy());
  if (!subnet) {
    throw new Error('the Region has no subnet');
  }
  const name = run.name('subnets');
  const group = { CacheSubnetGroupName: name, CacheSubnetGroupDescription: 'Of npm run verify', SubnetIds: [subnet.SubnetId!] };
  await elastiCache.createCacheSubnetGroup(group);
  run.created({
    description: `the ElastiCache subnet group ${name}`,
    command: `aws elasticache delete-cache-subnet-group --cache-subnet-group-name ${name} --region ${run.aws.region}`,
    delete: async () => {
      await run.withRole();
      await run.elastiCache.deleteCacheSubnetGroup({ CacheSubnetGroupName: name });
    },
  });
}

async function createParameterGroup(run: Run, elastiCache: ElastiCache): Promise<void> {
  const name = run.name('parameters');
  await elastiCache.createCacheParameterGroup({ CacheParameterGroupName: name, CacheParameterGroupFamily: 'redis7', Description: 'Of npm run verify' });
  run.created({
    description: `the ElastiCache parameter group ${name}`,
    command: `aws elasticache delete-cache-parameter-group --cache-parameter-group-name ${name} --region ${run.aws.region}`,
    delete: async () => {
      await run.withRole();
      await run.elastiCache.deleteCacheParameterGroup({ CacheParameterGroupName: name });
    },
  });
}

/** Whether the call succeeds, and whether the account has the role afterwards. */
async function creation(run: Run, create: () => Promise<unknown>): Promise<string> {
  const outcome = await run.outcome(create);
  return outcome !== 'allowed' ? outcome : await run.role() ? 'created, and the role with it' : 'created, without the role';
}

function byPrincipal(statements: (run: Run) => readonly object[], create: Create) {
  return async (run: Run) => {
    const { config } = await run.principalWith({ Effect: 'Allow', Action: 'elasticache:*', Resource: '*' }, ...statements(run));
    const elastiCache = new ElastiCache(config);
    return creation(run, () => create(run, elastiCache)).finally(() => elastiCache.destroy());
  };
}

const mayCreateRole = (run: Run) => [{ Effect: 'Allow', Action: 'iam:CreateServiceLinkedRole', Resource: run.roleArn }];
const mayNot = () => [];

const WHICH_NEED = 'docs/permissions.md: Do not rely on this: creating a subnet group and deleting a parameter group have failed without the role.';
const BY_THEMSELVES = 'docs/permissions.md: CloudFormation itself requires `iam:CreateServiceLinkedRole` to create cache clusters, replication groups, '
  + 'and parameter groups, so that ElastiCache can create the role.';

/** How soon ElastiCache accepts the role. The role is created and used as soon as that works. */
const acceptances = REPETITIONS.map((repetition): Fact => ({
  topic: 'Propagation',
  name: `from CreateDate to the first accepted CreateUser, time ${repetition} of ${REPETITIONS.length}`,
  sentence: 'docs/how-it-works.md: The handler therefore waits until the role has a minimum age, `propagationDelay`, counted from its creation by any principal',
  ...atMost(60),
  given: 'no role',
  observe: async (run) => {
    const { CreateDate: date } = await run.createRole();
    await run.until('an accepted CreateUser', () => createUser(run, run.elastiCache).then(() => true, ignoreMissingRole));
    return seconds(Date.now() - date!.getTime());
  },
}));

export const PROPAGATION: readonly Fact[] = [
  ...acceptances,
  {
    topic: 'Propagation',
    name: 'when DescribeUsers no longer answers ServiceLinkedRoleNotFoundFault, is CreateUser accepted?',
    sentence: 'docs/how-it-works.md: The handler therefore waits until the role has a minimum age, `propagationDelay`, counted from its creation by any principal',
    expected: 'accepted',
    agrees: (seen) => seen.startsWith('accepted'),
    given: 'no role',
    observe: async (run) => {
      const { CreateDate: date } = await run.createRole();
      await run.until('DescribeUsers', () => run.elastiCache.describeUsers({}).then(() => true, ignoreMissingRole));
      const after = `${seconds(Date.now() - date!.getTime())} after CreateDate`;
      return `${await createUser(run, run.elastiCache).then(() => 'accepted', describe)}, ${after}`;
    },
  },
  ...([
    ['DescribeUsers', MISSING_ROLE, mayNot, (_: Run, elastiCache: ElastiCache) => elastiCache.describeUsers({})],
    ['CreateUser', MISSING_ROLE, mayNot, createUser],
    ['CreateCacheSubnetGroup', MISSING_ROLE, mayNot, createSubnetGroup],
    ['CreateCacheParameterGroup', 'created, without the role', mayNot, createParameterGroup],
    ['CreateUser', MISSING_ROLE, mayCreateRole, createUser],
    ['CreateCacheSubnetGroup', MISSING_ROLE, mayCreateRole, createSubnetGroup],
    ['CreateCacheParameterGroup', 'created, and the role with it', mayCreateRole, createParameterGroup],
  ] satisfies [string, string, typeof mayCreateRole, Create][]).map(([action, expected, statements, create]): Fact => ({
    topic: 'Which need the role',
    name: `${action} without the role, by a principal that may ${statements === mayNot ? 'not ' : ''}create it`,
    sentence: statements === mayNot ? WHICH_NEED : BY_THEMSELVES,
    expected,
    given: 'no role',
    observe: byPrincipal(statements, create),
  })),
];

function ignoreMissingRole(error: Error): undefined {
  if (error.name !== 'ServiceLinkedRoleNotFoundFault') {
    throw error;
  }
}
