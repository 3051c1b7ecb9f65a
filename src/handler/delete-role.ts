import type { DeletionTaskFailureReasonType, GetServiceLinkedRoleDeletionStatusResponse } from '@aws-sdk/client-iam';
import { findRole, READ_INTERVAL } from './find-role';
import { ignoreNotFound } from './iam';
import { ownedRoleId } from './physical-resource-id';
import type { RequestContext } from './request-context';
import { shown } from './shown';
import { DELETING_POLICIES, type ReceivedProperties } from '../private/custom-resource-contract';
import { ROLE_NAME } from '../private/role-identity';

// In milliseconds.
const POLL_INTERVAL = 2_000;
/** Resources that the same stack just deleted can still count as users of the role. */
const IN_USE_BUDGET = 30_000;

/** Reads lag behind writes. If none of 6 reads within 10 s returns the role, it no longer exists. */
const MAX_OWNED_ROLE_READS = 6;
const ADVICE = 'Delete the resources that use it, then delete the stack again, or retain this resource.';

/** IAM did not delete the role, usually because resources use it. */
export class DeletionFailedError extends Error {
  /** What uses the role, each with its Region. */
  public readonly users: readonly string[];

  constructor({ Reason: reason, RoleUsageList: usage = [] }: DeletionTaskFailureReasonType = {}) {
    super(`IAM did not delete ${ROLE_NAME}: ${reason?.replace(/\.$/, '') ?? 'it gave no reason'}. ${ADVICE}`);
    this.users = usage.flatMap(({ Region: region = '', Resources: resources = [] }) => {
      return resources.length === 0 ? [region] : resources.map((resource) => `${region} ${resource}`.trim());
    });
  }
}

/** How a deletion task ended. Empty if IAM does not know the task: it soon forgets one that succeeded. */
type DeletionResult = Partial<GetServiceLinkedRoleDeletionStatusResponse>;

/** Delete: deletes the role if the construct requested that, and only the one that this stack created. */
export async function deleteRole(context: RequestContext, { RemovalPolicy }: ReceivedProperties): Promise<void> {
  const { clock, log, physicalResourceId } = context;
  if (!DELETING_POLICIES.includes(RemovalPolicy as string)) {
    return log(`retaining the role: its removal policy is ${shown(RemovalPolicy)}`);
  }
  const roleId = physicalResourceId && ownedRoleId(physicalResourceId);
  if (!roleId) {
    return log('retaining the role: this stack did not create it');
  }

  let failingSince: number | undefined;
  while (await exists(context, roleId)) {
    const { Status: status, Reason: reason } = await tryToDelete(context, roleId);
    if (status === 'SUCCEEDED') {
      return log('deleted the role');
    }
    if (status === 'FAILED') {
      failingSince ??= clock.now();
      if (clock.now() - failingSince >= IN_USE_BUDGET) {
        throw new DeletionFailedError(reason);
      }
      log(`IAM has not deleted the role yet (${reason?.Reason ?? 'it gave no reason'}): requesting the deletion again`);
    } else {
      log('IAM has no deletion task: reading the role again');
    }
    await clock.sleep(POLL_INTERVAL);
  }
  log('the role with the recorded ID no longer exists');
}

/** Requests the deletion and waits for its task. While a task runs, IAM returns the same one. */
async function tryToDelete(context: RequestContext, roleId: string): Promise<DeletionResult> {
  const { DeletionTaskId: taskId } = await context
    .callIam('deleteServiceLinkedRole', { RoleName: ROLE_NAME }, () => exists(context, roleId))
    .catch(ignoreNotFound);
  return taskId ? waitForDeletion(context, taskId) : {};
}

async function waitForDeletion({ callIam, clock, log }: RequestContext, taskId: string): Promise<DeletionResult> {
  let loggedStatus: string | undefined;
  for (;;) {
    const result = await callIam('getServiceLinkedRoleDeletionStatus', { DeletionTaskId: taskId }).catch(ignoreNotFound);
    const { Status: status } = result;
    if (status !== 'NOT_STARTED' && status !== 'IN_PROGRESS') {
      return result;
    }
    if (status !== loggedStatus) {
      log(`the deletion task ${taskId} is ${status}; to wait for it again, delete the stack again`);
      loggedStatus = status;
    }
    await clock.sleep(POLL_INTERVAL);
  }
}

/** Whether the role with this ID exists. A read can lag behind, so one that shows it counts only if none showed a newer role before. */
async function exists(context: RequestContext, roleId: string): Promise<boolean> {
  let newest = 0;
  for (let reads = 1; reads <= MAX_OWNED_ROLE_READS; reads++) {
    const role = await findRole(context);
    if (role && role.CreateDate.getTime() > newest) {
      if (role.RoleId === roleId) {
        return true;
      }
      newest = role.CreateDate.getTime();
    }
    if (reads < MAX_OWNED_ROLE_READS) {
      await context.clock.sleep(READ_INTERVAL);
    }
  }
  return false;
}
