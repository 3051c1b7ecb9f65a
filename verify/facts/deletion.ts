import { atMost, facts } from '../fact';
import { type Run, seconds } from '../run';

async function timeUntilDeleted(run: Run): Promise<string> {
  const start = Date.now();
  const { status } = await run.deleteRole();
  return status === 'FAILED' ? status : seconds(Date.now() - start);
}

/** How long IAM takes to delete the role. The deployments show when it refuses. */
export const DELETION = facts('Deletion', 'the role', [
  ['from DeleteServiceLinkedRole to the end of its task, of an unused role',
    'docs/how-it-works.md: The handler always responds within 15 minutes.', atMost(300), timeUntilDeleted],
]);
