import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import type { Role } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Refusal } from './arguments';
import type { TargetAws } from './target-aws';
import { ROLE_NAME, ROLE_PATH } from '../src/private/role-identity';

export interface Caller {
  readonly account: string;
  readonly partition: string;
}

/** The account that the credentials belong to. Refuses any but the given one. */
export async function identify(aws: TargetAws): Promise<Caller> {
  const sts = new STSClient(aws.clientConfig());
  try {
    const { Account: account = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    if (account !== aws.account) {
      throw new Refusal(`the credentials belong to account ${account} and not to ${aws.account}. Use credentials of the account that --account names.`);
    }
    return { account, partition: arn.split(':')[1] };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'CredentialsProviderError') {
      throw new Refusal('there are no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run the command again');
    }
    throw error instanceof Refusal ? error : new Refusal(`the credentials are not accepted: ${name}: ${message}`);
  } finally {
    sts.destroy();
  }
}

/** Refuses an account in which ElastiCache is used: the role is deleted and created many times. */
export async function refuseUsedAccount(aws: TargetAws): Promise<void> {
  const ec2 = new EC2Client(aws.clientConfig());
  const { Regions: regions = [] } = await ec2.send(new DescribeRegionsCommand({})).finally(() => ec2.destroy());
  const found = (await Promise.all(regions.map(({ RegionName: region }) => resourcesIn(aws, region!)))).flat();
  if (found.length > 0) {
    throw new Refusal(`the account has ElastiCache resources, which need the role: ${found.join(', ')}. Use an account without them.`);
  }
}

/** Refuses an account that has the role, unless the run may delete it. */
export function refuseExistingRole(role: Role | undefined, mayDeleteRole: boolean): void {
  if (role && role.Path !== ROLE_PATH) {
    throw new Refusal(`a regular IAM role uses the reserved name: ${role.Arn}. Delete it, or use another account.`);
  }
  if (role && !mayDeleteRole) {
    throw new Refusal(`the account has ${ROLE_NAME}, which the run deletes and creates again. Add --may-delete-role to allow that, or use another account.`);
  }
}

/** The resources in a Region, without those that each account has. */
async function resourcesIn(aws: TargetAws, region: string): Promise<string[]> {
  const elastiCache = new ElastiCache(aws.clientConfig(region));
  const [clusters, groups, caches, users, userGroups, subnetGroups, parameterGroups] = await Promise.all([
    elastiCache.describeCacheClusters({}),
    elastiCache.describeReplicationGroups({}),
    elastiCache.describeServerlessCaches({}),
    elastiCache.describeUsers({}).catch(ignoreMissingRole),
    elastiCache.describeUserGroups({}).catch(ignoreMissingRole),
    elastiCache.describeCacheSubnetGroups({}),
    elastiCache.describeCacheParameterGroups({}),
  ]).finally(() => elastiCache.destroy());
  const names = {
    'cluster': clusters.CacheClusters?.map(({ CacheClusterId }) => CacheClusterId),
    'replication group': groups.ReplicationGroups?.map(({ ReplicationGroupId }) => ReplicationGroupId),
    'serverless cache': caches.ServerlessCaches?.map(({ ServerlessCacheName }) => ServerlessCacheName),
    'user': 'Users' in users ? users.Users?.map(({ UserId }) => UserId) : [],
    'user group': 'UserGroups' in userGroups ? userGroups.UserGroups?.map(({ UserGroupId }) => UserGroupId) : [],
    'subnet group': subnetGroups.CacheSubnetGroups?.map(({ CacheSubnetGroupName }) => CacheSubnetGroupName),
    'parameter group': parameterGroups.CacheParameterGroups?.map(({ CacheParameterGroupName }) => CacheParameterGroupName),
  };
  return Object.entries(names).flatMap(([kind, found = []]) =>
    found.filter((name) => !/^default(\.|$)/.test(name!)).map((name) => `${kind} ${name} in ${region}`));
}

function ignoreMissingRole(error: Error): object {
  if (error.name === 'ServiceLinkedRoleNotFoundFault') {
    return {};
  }
  throw error;
}
