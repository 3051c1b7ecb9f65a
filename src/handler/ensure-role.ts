import { type ExistingRole, findRole, READ_INTERVAL } from './find-role';
import { hasCode, ignoreNotFound } from './iam';
import { ADOPTED, ownedId } from './physical-resource-id';
import type { RequestContext } from './request-context';
import { MAX_PROPAGATION_DELAY_SECONDS, type RoleAttributes, type RoleProperties } from '../private/custom-resource-contract';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../private/role-identity';

const MAX_READS = 60;
const READ_LAG = 10_000;

export interface EnsuredRole {
  readonly physicalResourceId: string;
  readonly attributes: RoleAttributes;
}

/** What is requested of the role, and what was done to it so far. Remembered, because a read can lag behind. */
interface Progress {
  readonly description?: string;
  createdRoleId?: string;
  describedRoleId?: string;
}

/** Why IAM does not show the role, although another of its responses implies that it exists. */
type Inconsistency = string;

/** Create and Update: afterwards the role exists, has the requested description, and is old enough to be used. */
export async function ensureRole(context: RequestContext, properties: RoleProperties): Promise<EnsuredRole> {
  const { clock, log } = context;
  const propagationDelay = parsePropagationDelay(properties.PropagationDelay);
  const progress: Progress = { description: parseDescription(properties.Description) };
  const isUpdate = context.physicalResourceId !== undefined;

  let waitedForRoleId: string | undefined;
  for (;;) {
    const role = await getOrCreateRole(context, progress);
    // After an Update that created the role, CloudFormation deletes the previous one. By then, reads have to show the new one.
    const minimumAge = Math.max(propagationDelay, isUpdate && role.RoleId === progress.createdRoleId ? READ_LAG : 0);
    // Never longer than that, even if IAM's clock is ahead of Lambda's.
    const remaining = Math.min(role.CreateDate.getTime() + minimumAge - clock.now(), minimumAge);
    if (remaining <= 0 || role.RoleId === waitedForRoleId) {
      log(`ready: ${role.Arn} (${role.RoleId})`);
      return ensured(context, role, progress);
    }
    log(`${role.Arn} was created at ${role.CreateDate.toISOString()}: waiting ${remaining / 1_000} s until it is ${minimumAge / 1_000} s old`);
    await clock.sleep(remaining);
    waitedForRoleId = role.RoleId; // Read it again: another one can have replaced it.
  }
}

/** The role as IAM shows it now, with the requested description. Reads repeatedly, because reads lag behind writes. */
async function getOrCreateRole(context: RequestContext, progress: Progress): Promise<ExistingRole> {
  let inconsistency: Inconsistency = '';
  for (let reads = 1; reads <= MAX_READS; reads++) {
    const role = await tryToGetOrCreateRole(context, progress);
    if (typeof role !== 'string') {
      return role;
    }
    inconsistency = role;
    await context.clock.sleep(READ_INTERVAL);
  }
  throw new Error(`${inconsistency} for ${MAX_READS * READ_INTERVAL / 60_000} minutes. Deploy again.`);
}

async function tryToGetOrCreateRole(context: RequestContext, progress: Progress): Promise<ExistingRole | Inconsistency> {
  const role = await findRole(context) ?? await createRole(context, progress);
  if (typeof role === 'string') {
    return role;
  }
  refuseRegularRole(role);
  return hasDescription(role, progress) ? role : updateDescription(context, role, progress);
}

function hasDescription({ RoleId, Description = '' }: ExistingRole, { description = Description, describedRoleId }: Progress): boolean {
  return Description === description || RoleId === describedRoleId;
}

async function createRole({ iam, log }: RequestContext, progress: Progress): Promise<ExistingRole | Inconsistency> {
  log('the account has no role: creating it');
  try {
    const { Role: role } = await iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, Description: progress.description });
    if (!role) {
      return `IAM created ${ROLE_NAME}, but GetRole did not return it`;
    }
    progress.createdRoleId = progress.describedRoleId = role.RoleId;
    return role as ExistingRole;
  } catch (error) {
    if (isNameTaken(error)) {
      log('the name is taken, by a role that is new or being deleted: reading again');
      return `IAM reports that ${ROLE_NAME} exists, but GetRole did not return it`;
    }
    throw error;
  }
}

/** The response shows the role as it is now. So it counts as a read, even of a role that replaced the other. */
async function updateDescription(
  context: RequestContext, { RoleId, Description }: ExistingRole, progress: Progress,
): Promise<ExistingRole | Inconsistency> {
  const { iam, log } = context;
  log(`updating the description from ${JSON.stringify(Description ?? '')}`);
  const isUnchanged = async () => (await findRole(context))?.RoleId === RoleId;
  const { Role: role } = await iam
    .updateRoleDescription({ RoleName: ROLE_NAME, Description: progress.description }, isUnchanged)
    .catch(ignoreNotFound);
  if (!role) {
    log('the role was deleted or replaced since it was read: reading again');
    return `GetRole returned ${ROLE_NAME}, but UpdateRoleDescription did not return it`;
  }
  refuseRegularRole(role as ExistingRole);
  progress.describedRoleId = role.RoleId;
  return role as ExistingRole;
}

function refuseRegularRole({ Path, Arn }: ExistingRole): void {
  if (Path !== ROLE_PATH) {
    throw new Error(`a regular IAM role uses the reserved name: ${Arn}. Delete it, then deploy again.`);
  }
}

/** An Update keeps its physical ID: CloudFormation follows a changed one with a Delete event, whose first read can still show the previous role. */
function ensured(
  { physicalResourceId = ADOPTED }: RequestContext, { Arn, RoleId, CreateDate }: ExistingRole, { createdRoleId }: Progress,
): EnsuredRole {
  return {
    physicalResourceId: RoleId === createdRoleId ? ownedId(RoleId) : physicalResourceId,
    attributes: { RoleArn: Arn, RoleName: ROLE_NAME, RoleId, CreateDate: CreateDate.toISOString() },
  };
}

/** IAM uses the code InvalidInput for other errors, too. */
function isNameTaken(error: unknown): boolean {
  return hasCode(error, 'EntityAlreadyExists') || (hasCode(error, 'InvalidInput') && error.message.includes('has been taken'));
}

/** In milliseconds. */
function parsePropagationDelay(value: string): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  if (!(seconds >= 0 && seconds <= MAX_PROPAGATION_DELAY_SECONDS)) {
    throw new Error(`PropagationDelay is ${JSON.stringify(value)}. Set it to a number of seconds from 0 to ${MAX_PROPAGATION_DELAY_SECONDS}, then deploy again.`);
  }
  return seconds * 1_000;
}

function parseDescription(value: string | undefined): string | undefined {
  if (value !== undefined && typeof value !== 'string') {
    throw new Error(`Description is ${JSON.stringify(value)}. Set it to a string, then deploy again.`);
  }
  return value;
}
