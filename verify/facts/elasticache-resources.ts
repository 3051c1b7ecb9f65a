import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { ElastiCache } from '@aws-sdk/client-elasticache';
import type { Run } from '../run';

/** Registers an ElastiCache resource, whose deletion needs the role. */
function toDelete(run: Run, kind: string, option: string, name: string, deletion: () => Promise<unknown>): void {
  run.toDelete(`the ElastiCache ${kind} ${name}`, `aws elasticache delete-${kind} --${option} ${name} --region ${run.region}`, async () => {
    await run.withRole();
    await deletion();
  });
}

/** Creates a user. Returns its ID. */
export async function createUser(run: Run, elastiCache: ElastiCache = run.elastiCache): Promise<string> {
  const id = run.name('user');
  const AuthenticationMode = { Type: 'no-password-required' } as const;
  await elastiCache.createUser({ UserId: id, UserName: id, Engine: 'valkey', AccessString: 'off -@all', AuthenticationMode });
  toDelete(run, 'user', 'user-id', id, () => deleteUser(run, id));
  return id;
}

/** Requests the deletion of a user until it no longer exists. While the user is created or deleted, its state is invalid. */
export async function deleteUser(run: Run, UserId: string): Promise<void> {
  await run.until(`the deletion of the user ${UserId}`, () => run.elastiCache.deleteUser({ UserId }).then(() => undefined, ({ name, message }: Error) => {
    if (!/^(InvalidUserState|UserNotFound)/.test(name)) throw new Error(`${name}: ${message}`);
    return name.startsWith('UserNotFound') || undefined;
  }));
}

export async function createSubnetGroup(run: Run, elastiCache: ElastiCache): Promise<void> {
  const { Subnets: [subnet] = [] } = await new EC2Client(run.target.clientConfig()).send(new DescribeSubnetsCommand({}));
  if (!subnet) throw new Error('the Region has no subnet');
  const group = { CacheSubnetGroupName: run.name('subnets'), CacheSubnetGroupDescription: 'Of npm run verify', SubnetIds: [subnet.SubnetId!] };
  await elastiCache.createCacheSubnetGroup(group);
  toDelete(run, 'cache-subnet-group', 'cache-subnet-group-name', group.CacheSubnetGroupName, () => run.elastiCache.deleteCacheSubnetGroup(group));
}

export async function createParameterGroup(run: Run, elastiCache: ElastiCache): Promise<void> {
  const group = { CacheParameterGroupName: run.name('parameters'), CacheParameterGroupFamily: 'redis7', Description: 'Of npm run verify' };
  await elastiCache.createCacheParameterGroup(group);
  toDelete(run, 'cache-parameter-group', 'cache-parameter-group-name', group.CacheParameterGroupName,
    () => run.elastiCache.deleteCacheParameterGroup(group));
}
