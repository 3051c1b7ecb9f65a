import { parseArgs } from 'node:util';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import type { Role } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ignoringMissingRole } from './errors';
import type { Target } from '../local-aws/aws-account';
import { ROLE_NAME, ROLE_PATH } from '../src/private/role-identity';

/** What stops the command before it creates anything. Its message is printed alone. */
export class Refusal extends Error {}

const USAGE = 'npm run verify -- --account 123456789012 --region eu-west-1 [--may-delete-role]';
const OPTIONS = { 'account': { type: 'string' }, 'region': { type: 'string' }, 'may-delete-role': { type: 'boolean' } } as const;

/** The account and the Region that are verified, and whether an existing role may be deleted and created again. */
export function parseArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { account = 'missing', region = 'missing', 'may-delete-role': mayDeleteRole = false } = values;
    if (!/^\d{12}$/.test(account)) throw new Error(`--account is ${account}, but has to be the 12 digits of an AWS account`);
    if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw new Error(`--region is ${region}, but has to be the name of an AWS Region`);
    return { account, region, mayDeleteRole };
  } catch (error) {
    throw new Refusal(`${(error as Error).message.split('. ')[0]}. Usage: ${USAGE}`);
  }
}

/** Refuses credentials of any account but the given one. Returns the partition of that account. */
export async function identify(target: Target): Promise<string> {
  const { Account: account, Arn: arn = '' } = await new STSClient(target.clientConfig()).send(new GetCallerIdentityCommand({}))
    .catch((error: Error) => { throw new Refusal(`AWS accepts no credentials: ${error.name}: ${error.message}`); });
  if (account !== target.account) {
    throw new Refusal(`the credentials belong to account ${account} and not to ${target.account}. Use credentials of the account that --account names.`);
  }
  return arn.split(':')[1];
}

/** Refuses an account in which ElastiCache is used: the role is deleted and created many times. */
export async function refuseUsedAccount(target: Target): Promise<void> {
  const { Regions: regions = [] } = await new EC2Client(target.clientConfig()).send(new DescribeRegionsCommand({}));
  const found = (await Promise.all(regions.map(({ RegionName: region }) => resourcesIn(target, region!)))).flat();
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
async function resourcesIn(target: Target, region: string): Promise<string[]> {
  const elastiCache = new ElastiCache(target.clientConfig(region));
  const names: Record<string, Promise<(string | undefined)[] | undefined>> = {
    'cluster': elastiCache.describeCacheClusters({}).then((found) => found.CacheClusters?.map((each) => each.CacheClusterId)),
    'replication group': elastiCache.describeReplicationGroups({}).then((found) => found.ReplicationGroups?.map((each) => each.ReplicationGroupId)),
    'serverless cache': elastiCache.describeServerlessCaches({}).then((found) => found.ServerlessCaches?.map((each) => each.ServerlessCacheName)),
    'user': elastiCache.describeUsers({}).then((found) => found.Users?.map((each) => each.UserId), ignoringMissingRole),
    'user group': elastiCache.describeUserGroups({}).then((found) => found.UserGroups?.map((each) => each.UserGroupId), ignoringMissingRole),
    'subnet group': elastiCache.describeCacheSubnetGroups({}).then((found) => found.CacheSubnetGroups?.map((each) => each.CacheSubnetGroupName)),
    'parameter group': elastiCache.describeCacheParameterGroups({})
      .then((found) => found.CacheParameterGroups?.map((each) => each.CacheParameterGroupName)),
  };
  const described = await Promise.all(Object.entries(names).map(async ([kind, found]) =>
    (await found ?? []).filter((name) => !/^default(\.|$)/.test(name!)).map((name) => `${kind} ${name} in ${region}`)));
  return described.flat();
}
