import type { DeletionTaskFailureReasonType, GetServiceLinkedRoleDeletionStatusResponse } from '@aws-sdk/client-iam';
import { findRole, READ_INTERVAL } from './find-role';
import { ignoreNotFound } from './iam';
import { ownedRoleId } from './physical-resource-id';
import type { RequestContext } from './request-context';
import type { RoleProperties } from '../private/custom-resource';
import { ROLE_NAME } from '../private/role-identity';

const POLL_INTERVAL = 2_000;
/** Resources that the same stack just deleted can still count as users of the role. */
const IN_USE_BUDGET = 30_000;
const MAX_READS = 6;

/** IAM did not delete the role, mostly because resources use it. */
export class RoleInUseError extends Error {
  /** Each with its Region. */
  public readonly resources: readonly string[];

  constructor({ Reason: reason, RoleUsageList: usage = [] }: DeletionTaskFailureReasonType = {}) {
    const sentence = `IAM did not delete ${ROLE_NAME}: ${reason?.replace(/\.$/, '') ?? 'it gave no reason'}`;
    super(`${sentence}. Delete the resources that use it, then delete the stack again, or retain this resource`);
    this.resources = usage.flatMap(({ Region: region = '', Resources: resources = [] }) => resources.map((resource) => `${region} ${resource}`.trim()));
  }
}

/** How a deletion task ended. Empty if IAM does not know the task: it soon forgets one that succeeded. */
type DeletionResult = Partial<GetServiceLinkedRoleDeletionStatusResponse>;

/** Delete: deletes the role if the construct requested that, and only the one that this stack created. */
export async function deleteRole(context: RequestContext, { DeleteRole }: RoleProperties): Promise<void> {
  const { clock, log, physicalResourceId } = context;
  const roleId = ownedRoleId(physicalResourceId);
  if (DeleteRole !== 'true') {
    return log('retaining the role: the removal policy does not delete it');
  }
  if (!roleId) {
    return log('retaining the role: this stack did not create it');
  }

  let inUseSince: number | undefined;
  while (await exists(context, roleId)) {
    const taskId = await requestDeletion(context, roleId);
    const result: DeletionResult = taskId === undefined ? {} : await waitForDeletion(context, taskId);
    if (result.Status === 'SUCCEEDED') {
      return log('deleted the role');
    }
    if (result.Status === 'FAILED') {
      const error = new RoleInUseError(result.Reason);
      inUseSince ??= clock.now();
      if (clock.now() - inUseSince >= IN_USE_BUDGET) {
        throw error;
      }
      log(`${error.message}. Requesting the deletion again for ${IN_USE_BUDGET / 1_000} s`);
    } else {
      log('IAM does not know the deletion: reading the role again');
    }
    await clock.sleep(POLL_INTERVAL);
  }
  log('the role with the recorded ID no longer exists');
}

/** Whether IAM shows the role with this ID. Read repeatedly, because a read can be older than the role. */
async function exists(context: RequestContext, roleId: string): Promise<boolean> {
  for (let reads = 1; reads <= MAX_READS; reads++) {
    const role = await findRole(context);
    if (role?.RoleId === roleId) {
      return true;
    }
    if (reads < MAX_READS) {
      await context.clock.sleep(READ_INTERVAL);
    }
  }
  return false;
}

/** The ID of the deletion task, or undefined if IAM started none. While a task runs, IAM returns the same one. */
async function requestDeletion(context: RequestContext, roleId: string): Promise<string | undefined> {
  const response = await context.iam.deleteServiceLinkedRole({ RoleName: ROLE_NAME }, () => exists(context, roleId)).catch(ignoreNotFound);
  return response?.DeletionTaskId;
}

async function waitForDeletion({ iam, clock, log }: RequestContext, taskId: string): Promise<DeletionResult> {
  let loggedStatus: string | undefined;
  for (;;) {
    const result = await iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId }).catch(ignoreNotFound);
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
