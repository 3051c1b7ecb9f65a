import { type ExistingRole, findRole, READ_INTERVAL } from './find-role';
import { hasCode, ignoreNotFound } from './iam';
import { adoptedId, ownedId } from './physical-resource-id';
import type { RequestContext } from './request-context';
import { requestedRole } from './requested-role';
import type { ReceivedProperties, RoleAttributes } from '../private/custom-resource-contract';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../private/role-identity';

/** Reads lag behind writes. After 60 reads, 2 s apart, without the role, the event fails. */
const MAX_REPEATED_READS = 60;
/** How far they lag behind at most. IAM documents no bound. */
const READ_LAG = 10_000; // ms

export interface EnsuredRole {
  readonly physicalResourceId: string;
  readonly attributes: RoleAttributes;
}

/** What this event did so far. Remembered, because reads do not show it at once. */
interface Progress {
  createdRoleId?: string;
  describedRoleId?: string;
  /** Why the role has to be read again, as the start of a reason. */
  contradiction?: string;
}

/** Create and Update: afterward, the role exists, has the requested description, and is old enough to be used. */
export async function ensureRole(context: RequestContext, properties: ReceivedProperties): Promise<EnsuredRole> {
  const { clock, log } = context;
  const { description, propagationDelay } = requestedRole(properties);
  const progress: Progress = {};
  const isUpdate = context.physicalResourceId !== undefined;

  let waitedForRoleId: string | undefined;
  for (;;) {
    const role = await getOrCreateRole(context, description, progress);
    const isCreatedHere = role.RoleId === progress.createdRoleId;
    // After an Update that created the role, CloudFormation deletes the previous one. By then, reads have to show the new one.
    const minimumAge = isUpdate && isCreatedHere ? Math.max(propagationDelay, READ_LAG) : propagationDelay;
    // Never longer than that, even if IAM's clock is ahead of Lambda's.
    const remaining = Math.min(role.CreateDate.getTime() + minimumAge - clock.now(), minimumAge);
    if (remaining <= 0 || role.RoleId === waitedForRoleId) {
      log(`ready: ${role.Arn} (${role.RoleId})`);
      return {
        // An Update keeps its ID if it can: CloudFormation sends a Delete event for the previous one, whose first read can lag behind.
        physicalResourceId: isCreatedHere ? ownedId(role.RoleId) : context.physicalResourceId ?? adoptedId(),
        attributes: { RoleArn: role.Arn, RoleName: ROLE_NAME, RoleId: role.RoleId, CreateDate: role.CreateDate.toISOString() },
      };
    }
    log(`${role.Arn} was created at ${role.CreateDate.toISOString()}: waiting ${remaining / 1_000} s until it is ${minimumAge / 1_000} s old`);
    await clock.sleep(remaining);
    waitedForRoleId = role.RoleId; // Read it again: another one can have replaced it.
  }
}

/** The role as IAM shows it now, with the requested description. */
async function getOrCreateRole(context: RequestContext, description: string | undefined, progress: Progress): Promise<ExistingRole> {
  let role: ExistingRole | undefined; // as the last response shows it, of a read or of a write
  let repeatedReads = 0;
  while (repeatedReads < MAX_REPEATED_READS) {
    role ??= await findRole(context);
    if (!role) {
      role = await createRole(context, description, progress);
    } else if (role.Path !== ROLE_PATH) {
      throw new Error(`a regular IAM role uses the reserved name: ${role.Arn}. Delete it, then deploy again.`);
    } else if (hasDescription(role, description, progress)) {
      return role;
    } else {
      role = await updateDescription(context, role, description, progress);
    }
    if (!role) {
      repeatedReads++;
      await context.clock.sleep(READ_INTERVAL);
    }
  }
  throw new Error(`${progress.contradiction} for ${MAX_REPEATED_READS * READ_INTERVAL / 60_000} minutes. Deploy again.`);
}

/** Undefined if another role has the name, or IAM's response does not show the new one. */
async function createRole({ callIam, log }: RequestContext, description: string | undefined, progress: Progress): Promise<ExistingRole | undefined> {
  log('the account has no role: creating it');
  try {
    const { Role: role } = await callIam('createServiceLinkedRole', { AWSServiceName: SERVICE_PRINCIPAL, Description: description });
    if (role) {
      progress.createdRoleId = role.RoleId;
      progress.describedRoleId = role.RoleId;
    } else {
      progress.contradiction = `IAM created ${ROLE_NAME}, but GetRole did not return it`;
    }
    return role as ExistingRole | undefined;
  } catch (error) {
    if (!isNameTaken(error)) {
      throw error;
    }
    log('the name is taken, by a role that is new or being deleted: reading again');
    progress.contradiction = `IAM reports that ${ROLE_NAME} exists, but GetRole did not return it`;
    return undefined;
  }
}

/** IAM uses the code InvalidInput for other errors, too. */
function isNameTaken(error: unknown): boolean {
  return hasCode(error, 'EntityAlreadyExists') || (hasCode(error, 'InvalidInput') && error.message.includes('has been taken'));
}

/** IAM shows a role without a description if the description is empty. */
function hasDescription(role: ExistingRole, description: string | undefined, { describedRoleId }: Progress): boolean {
  return description === undefined || description === (role.Description ?? '') || role.RoleId === describedRoleId;
}

/** The response shows the role as it is now, even if it replaced the one that was read. Undefined if there is none any more. */
async function updateDescription(
  context: RequestContext, role: ExistingRole, description: string | undefined, progress: Progress,
): Promise<ExistingRole | undefined> {
  const { callIam, log } = context;
  log(`updating the description from ${JSON.stringify(role.Description ?? '')}`);
  const isUnchanged = async () => (await findRole(context))?.RoleId === role.RoleId;
  const { Role: updated } = await callIam('updateRoleDescription', { RoleName: ROLE_NAME, Description: description }, isUnchanged)
    .catch(ignoreNotFound);
  if (!updated) {
    log('the role was deleted or replaced since it was read: reading again');
    progress.contradiction = `GetRole returned ${ROLE_NAME}, but UpdateRoleDescription did not return it`;
    return undefined;
  }
  progress.describedRoleId = updated.RoleId;
  return updated as ExistingRole;
}
