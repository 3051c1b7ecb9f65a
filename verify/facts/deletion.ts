import { NoSuchEntityException } from '@aws-sdk/client-iam';
import { createUser, deleteUser } from './propagation';
import { cacheNamed } from '../../local-aws/declarations';
import { accountOfRun } from '../accounts';
import { atMost, type Fact } from '../fact';
import { type Deletion, describe, type Run, seconds } from '../run';

/** Status, reason, and users of the role. */
function shown({ status = '404 NoSuchEntityException', reason }: Deletion): string {
  const users = (reason?.RoleUsageList ?? []).map(({ Region: region, Resources: resources = [] }) => `${region}: ${resources.join(', ')}`);
  return reason ? `${status}, reason "${reason.Reason}", used in ${users.join('; ') || 'no listed Region'}` : status;
}

/** The time from now until IAM deletes the role. */
async function timeUntilDeleted(run: Run): Promise<string> {
  const start = Date.now();
  await run.until('the deletion of the role', async () => (await run.deleteRole()).status === 'FAILED' ? undefined : true);
  return seconds(Date.now() - start);
}

/** How IAM deletes the role. */
export const DELETION: readonly Fact[] = [
  {
    topic: 'Deletion',
    name: 'from DeleteServiceLinkedRole to the end of its task, of an unused role',
    sentence: 'docs/how-it-works.md: The handler always responds within 15 minutes.',
    ...atMost(300),
    given: 'the role',
    observe: (run) => timeUntilDeleted(run),
  },
  {
    topic: 'Deletion',
    name: 'GetServiceLinkedRoleDeletionStatus 10 s after the role was deleted',
    sentence: 'docs/how-it-works.md: It reads the role before each request, and retains any other role.',
    expected: 'SUCCEEDED, or 404 NoSuchEntityException',
    agrees: (seen) => ['SUCCEEDED', '404 NoSuchEntityException'].includes(seen),
    given: 'the role',
    observe: async (run) => {
      const { taskId } = await run.deleteRole();
      await run.sleep(run.aws.local ? 0 : 10_000);
      try {
        return (await run.iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId })).Status!;
      } catch (error) {
        if (error instanceof NoSuchEntityException) {
          return describe(error);
        }
        throw error;
      }
    },
  },
  {
    topic: 'Deletion',
    name: 'deletion of the role while an ElastiCache user exists',
    sentence: 'docs/removal.md: It does not count ElastiCache users, user groups, subnet groups, and parameter groups.†',
    expected: 'SUCCEEDED',
    given: 'the role',
    observe: async (run) => {
      const id = await run.until('an accepted CreateUser', () => createUser(run, run.elastiCache).catch(ignoreMissingRole));
      const deletion = shown(await run.deleteRole());
      if (deletion === 'SUCCEEDED') {
        return deletion;
      }
      await deleteUser(run, id);
      return `${deletion}; deleted ${await timeUntilDeleted(run)} after the user`;
    },
  },
  {
    topic: 'Deletion',
    name: 'deletion of the role while a serverless cache exists, and how long it counts after it is deleted',
    sentence: 'docs/removal.md: Resources that the same stack just deleted can still count, so the handler requests the deletion again for 30 seconds.',
    expected: 'FAILED with the ARN of the cache, then deleted at most 30 s after the cache',
    agrees: (seen) => /^FAILED, .*:serverlesscache:.*; deleted/.test(seen) && parseFloat(/; deleted ([\d.]+) s/.exec(seen)![1]) <= 30,
    given: 'the role',
    observe: async (run) => {
      const account = accountOfRun(run);
      const stack = account.stack('Caches');
      await stack.deploy(cacheNamed(account.name('sessions')));
      const deletion = shown(await run.deleteRole());
      await stack.destroy();
      return `${deletion}; deleted ${await timeUntilDeleted(run)} after the cache`;
    },
  },
];

function ignoreMissingRole(error: Error): undefined {
  if (error.name !== 'ServiceLinkedRoleNotFoundFault') {
    throw error;
  }
}
