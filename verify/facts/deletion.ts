import { createUser, deleteUser } from './elasticache-resources';
import type { Deletion } from '../../local-aws/aws-account';
import { cacheNamed } from '../../local-aws/declarations';
import { describe, ignoringMissingRole } from '../errors';
import { atMost, facts } from '../fact';
import { type Run, seconds } from '../run';

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

async function statusLater(run: Run): Promise<string> {
  const { taskId } = await run.deleteRole();
  await run.sleep(run.isLocal ? 0 : 10_000);
  return run.iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId }).then(({ Status: status }) => status!, describe);
}

async function deleteBesideUser(run: Run): Promise<string> {
  const id = await run.until('an accepted CreateUser', () => createUser(run).catch(ignoringMissingRole));
  const deletion = shown(await run.deleteRole());
  if (deletion === 'SUCCEEDED') return deletion;
  await deleteUser(run, id);
  return `${deletion}; deleted ${await timeUntilDeleted(run)} after the user`;
}

async function deleteBesideCache(run: Run): Promise<string> {
  const stack = run.stack('Caches');
  await stack.deploy(cacheNamed(run.name('sessions')));
  const deletion = shown(await run.deleteRole());
  await stack.destroy();
  return `${deletion}; deleted ${await timeUntilDeleted(run)} after the cache`;
}

/** How IAM deletes the role. */
export const DELETION = facts('Deletion', 'the role', [
  ['from DeleteServiceLinkedRole to the end of its task, of an unused role',
    'docs/how-it-works.md: The handler always responds within 15 minutes.', atMost(300), timeUntilDeleted],
  ['GetServiceLinkedRoleDeletionStatus 10 s after the role was deleted',
    'docs/how-it-works.md: It reads the role before each request, and retains any other role.', {
      expected: 'SUCCEEDED, or 404 NoSuchEntityException',
      agrees: (seen) => ['SUCCEEDED', '404 NoSuchEntityException'].includes(seen),
    }, statusLater],
  ['deletion of the role while an ElastiCache user exists',
    'docs/removal.md: It does not count ElastiCache users, user groups, subnet groups, and parameter groups.†', 'SUCCEEDED', deleteBesideUser],
  ['deletion of the role while a serverless cache exists, and how long it counts after it is deleted',
    'docs/removal.md: Resources that the same stack just deleted can still count, so the handler requests the deletion again for 30 seconds.', {
      expected: 'FAILED with the ARN of the cache, then deleted at most 30 s after the cache',
      agrees: (seen) => /^FAILED, .*:serverlesscache:.*; deleted/.test(seen) && parseFloat(/; deleted ([\d.]+) s/.exec(seen)![1]) <= 30,
    }, deleteBesideCache],
]);
