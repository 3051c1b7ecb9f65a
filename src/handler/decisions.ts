import type { Role } from '@aws-sdk/client-iam';
import type { Clock } from './clock';
import type { Iam } from './iam';
import { ROLE_NAME, ROLE_PATH, type RoleAttributes, type RoleProperties, SERVICE_PRINCIPAL } from '../contract';

const SECOND = 1000;
/** Reads lag behind: how often a role that must be there is looked for, and one that this stack made. */
const LOOKS_FOR_TAKEN = 60;
const LOOKS_FOR_OWN = 6;
const LOOK_INTERVAL = 2 * SECOND;

/** The id in the answer to a Create that made no role. */
export const NOT_CREATED = 'not-created';

/** What a decision works with. */
export interface World {
  /** Remembers who made the role: `<name>/<role id>` where this stack did, `<name>` where it did not. In doubt, it did not. */
  physicalResourceId: string;
  /** Retries by itself. */
  readonly iam: Iam;
  readonly clock: Clock;
  log(line: string): void;
}

/** Create and Update: afterwards the role exists, is described as asked, and is old enough to be used. */
export async function ensureRole(world: World, { Description, PropagationDelay }: RoleProperties): Promise<RoleAttributes> {
  const { iam, clock, log, physicalResourceId: previousId } = world;
  const delay = Number(PropagationDelay) * SECOND;
  let createdId: string | undefined;
  let describedId: string | undefined;

  for (;;) {
    const role = await findRole(world) ?? await createRole();
    const { Arn, RoleId, CreateDate } = role;
    if (role.Path !== ROLE_PATH) {
      throw new Error(`${Arn} is an ordinary role with the name of ElastiCache's: delete it, or create it anew under another name, then deploy again`);
    }

    if (Description !== undefined && Description !== (role.Description ?? '') && RoleId !== describedId) {
      log(`changing the description from ${JSON.stringify(role.Description)}`);
      await iam('UpdateRoleDescription', { RoleName: ROLE_NAME, Description });
      describedId = RoleId;
    }

    const rest = Math.min(CreateDate.getTime() + delay - clock.now(), delay);
    if (!(rest > 0)) {
      log(`ready: ${Arn} (${RoleId})`);
      world.physicalResourceId = [createdId, previousId].includes(ownId(role)) ? ownId(role) : ROLE_NAME;
      return { RoleArn: Arn, RoleName: ROLE_NAME, RoleId, CreateDate: CreateDate.toISOString() };
    }
    log(`${Arn} was made at ${CreateDate.toISOString()}: waiting ${rest / SECOND} s for it to be usable`);
    await clock.sleep(rest); // and look again: by then it can have been replaced
  }

  async function createRole(): Promise<FoundRole> {
    log('no role: creating it');
    try {
      const { Role: role } = await iam('CreateServiceLinkedRole', { AWSServiceName: SERVICE_PRINCIPAL, Description });
      if (role) {
        describedId = role.RoleId;
        createdId = ownId(role);
        if (previousId === NOT_CREATED) {
          world.physicalResourceId = createdId; // should this Create fail yet, the Delete after it takes the role away
        }
        return role as FoundRole;
      }
    } catch (error) {
      if (!isTaken(error as Error)) {
        throw error;
      }
    }
    log('somebody else has created it: reading it');
    const role = await findRole(world, LOOKS_FOR_TAKEN);
    if (!role) {
      throw new Error(`IAM says that ${ROLE_NAME} exists but does not show it: deploy again`);
    }
    return role;
  }
}

/** Delete: the role goes if the construct asked for that, and only the very role that this stack made. */
export async function deleteRole(world: World, { DeleteRole }: RoleProperties): Promise<void> {
  const { iam, clock, log, physicalResourceId } = world;
  if (DeleteRole !== 'true' || !physicalResourceId.startsWith(`${ROLE_NAME}/`)) {
    return log(`keeping the role: ${DeleteRole === 'true' ? 'this stack did not make it' : 'its removal policy says so'}`);
  }
  const isThere = async (looks?: number) => {
    const role = await findRole(world, looks);
    return role && ownId(role) === physicalResourceId;
  };
  if (!await isThere(LOOKS_FOR_OWN)) {
    return log('the role that this stack made is gone or replaced: nothing to delete');
  }

  try {
    const { DeletionTaskId } = await iam('DeleteServiceLinkedRole', { RoleName: ROLE_NAME });
    for (let lastStatus = ''; ;) {
      const { Status, Reason } = await iam('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId }).catch(undefinedIfMissing) ?? {};
      // IAM soon forgets a task that succeeded.
      if (Status === 'SUCCEEDED' || (!Status && !await isThere())) {
        return log('deleted the role');
      }
      if (Status === 'FAILED') {
        throw Object.assign(new Error(`IAM did not delete ${ROLE_NAME}: ${Reason?.Reason ?? 'it gave no reason'}. Delete what uses it and delete the stack again, or retain the role`), {
          resources: Reason?.RoleUsageList?.flatMap(({ Region, Resources }) => Resources?.map((resource) => `${Region} ${resource}`) ?? []),
        });
      }
      const status = Status ?? 'unknown to IAM';
      if (status !== lastStatus) {
        log(`the deletion is ${status} (${DeletionTaskId}); should the time run out, delete the stack again to join it`);
        lastStatus = status;
      }
      await clock.sleep(LOOK_INTERVAL);
    }
  } catch (error) {
    undefinedIfMissing(error as Error); // deleted by somebody else meanwhile
    log('the role is gone already');
  }
}

/** What IAM always says of a role, which the SDK's type leaves open. */
type FoundRole = Role & { readonly Arn: string; readonly RoleId: string; readonly CreateDate: Date };

function ownId({ RoleId }: Role): string {
  return `${ROLE_NAME}/${RoleId}`;
}

async function findRole({ iam, clock }: World, looks = 1): Promise<FoundRole | undefined> {
  for (;;) {
    const found = await iam('GetRole', { RoleName: ROLE_NAME }).catch(undefinedIfMissing);
    if (found?.Role || --looks <= 0) {
      return found?.Role as FoundRole | undefined;
    }
    await clock.sleep(LOOK_INTERVAL);
  }
}

function undefinedIfMissing(error: Error): undefined {
  if (!error.name.startsWith('NoSuchEntity')) {
    throw error;
  }
}

/** The code InvalidInput says other things too. */
function isTaken({ name, message }: Error): boolean {
  return name.startsWith('EntityAlreadyExists') || (name.startsWith('InvalidInput') && message.includes('been taken'));
}
