import { ElastiCache } from '@aws-sdk/client-elasticache';
import { createParameterGroup, createSubnetGroup, createUser } from './elasticache-resources';
import { describe, ignoringMissingRole } from '../errors';
import { atMost, type Fact } from '../fact';
import { type Run, seconds } from '../run';

const NEEDS_ROLE = '400 ServiceLinkedRoleNotFoundFault';
const REPETITIONS = [1, 2, 3, 4, 5];

const MINIMUM_AGE = 'docs/how-it-works.md: The handler therefore waits until the role has a minimum age, `propagationDelay`, counted from its creation by any principal';
const WHICH_NEED = 'docs/permissions.md: Do not rely on this: creating a subnet group and deleting a parameter group have failed without the role.';
const BY_THEMSELVES = 'docs/permissions.md: CloudFormation itself requires `iam:CreateServiceLinkedRole` to create cache clusters, replication groups, '
  + 'and parameter groups, so that ElastiCache can create the role.';

type Call = (run: Run, elastiCache: ElastiCache) => Promise<unknown>;

const describeUsers: Call = (_, elastiCache) => elastiCache.describeUsers({});

/** Creates the role, and repeats the call until it is accepted. Returns the age of the role. */
async function ageWhenAccepted(run: Run, call: Call): Promise<string> {
  const { CreateDate: date } = await run.createRole();
  await run.until('an accepted call', () => call(run, run.elastiCache).then(() => true, ignoringMissingRole));
  return seconds(Date.now() - date!.getTime());
}

/** How soon ElastiCache accepts the role, and what needs it. */
export const PROPAGATION: readonly Fact[] = [
  ...REPETITIONS.map((repetition): Fact => ({
    topic: 'Propagation',
    name: `from CreateDate to the first accepted CreateUser, time ${repetition} of ${REPETITIONS.length}`,
    sentence: MINIMUM_AGE,
    ...atMost(60),
    given: 'no role',
    observe: (run) => ageWhenAccepted(run, createUser),
  })),
  {
    topic: 'Propagation',
    name: 'when DescribeUsers no longer answers ServiceLinkedRoleNotFoundFault, is CreateUser accepted?',
    sentence: MINIMUM_AGE,
    expected: 'accepted',
    agrees: (seen) => seen.startsWith('accepted'),
    given: 'no role',
    observe: async (run) => {
      const age = await ageWhenAccepted(run, describeUsers);
      return `${await createUser(run).then(() => 'accepted', describe)}, ${age} after CreateDate`;
    },
  },
  ...([
    ['DescribeUsers', false, NEEDS_ROLE, describeUsers],
    ['CreateUser', false, NEEDS_ROLE, createUser],
    ['CreateCacheSubnetGroup', false, NEEDS_ROLE, createSubnetGroup],
    ['CreateCacheParameterGroup', false, 'created, without the role', createParameterGroup],
    ['CreateUser', true, NEEDS_ROLE, createUser],
    ['CreateCacheSubnetGroup', true, NEEDS_ROLE, createSubnetGroup],
    ['CreateCacheParameterGroup', true, 'created, and the role with it', createParameterGroup],
  ] satisfies [action: string, mayCreateRole: boolean, expected: string, call: Call][]).map(([action, mayCreateRole, expected, call]): Fact => ({
    topic: 'Which need the role',
    name: `${action} without the role, by a principal that may ${mayCreateRole ? '' : 'not '}create it`,
    sentence: mayCreateRole ? BY_THEMSELVES : WHICH_NEED,
    expected,
    given: 'no role',
    observe: async (run) => {
      const statements = [['elasticache:*', '*'], ...mayCreateRole ? [['iam:CreateServiceLinkedRole', run.roleArn]] : []];
      const { config } = await run.principalWith(...statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })));
      const outcome = await run.outcome(() => call(run, new ElastiCache(config)));
      return outcome !== 'allowed' ? outcome : await run.role() ? 'created, and the role with it' : 'created, without the role';
    },
  })),
];
