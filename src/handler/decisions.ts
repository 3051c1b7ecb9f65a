import type { Role } from '@aws-sdk/client-iam';
import type { Clock } from './clock';
import type { PatientIam } from './retry';
import { ROLE_NAME, ROLE_PATH, type RoleAttributes, type RoleProperties, SERVICE_PRINCIPAL } from '../contract';

const SECOND = 1000;
const LOOK_INTERVAL = 2000;
/** Reads lag behind: how often a role whose name is taken is looked for, and one that this stack made. */
const LOOKS_FOR_TAKEN = 60;
const LOOKS_FOR_OWN = 6;

/** The id in the answer to a Create that made no role. */
export const NOT_CREATED = 'not-created';

/** The SDK adds "Exception" to the name, other emulators of IAM do not. */
const MISSING = 'NoSuchEntity';

/** What a decision works with. */
export interface World {
  /** The physical id remembers who made the role: `<name>/<role id>` where this stack did, `<name>` where it did not. In doubt, it did not. */
  id: string;
  readonly iam: PatientIam;
  readonly clock: Clock;
  log(line: string): void;
}

/** Create and Update: afterwards the role exists, is described as asked, and is old enough to be used. */
export async function ensureRole(world: World, { Description, PropagationDelay }: RoleProperties): Promise<RoleAttributes> {
  const { iam, clock, log, id: previousId } = world;
  const delay = Number(PropagationDelay) * SECOND;
  let createdId: string | undefined;
  let describedId: string | undefined;

  for (let looks = 1; ;) {
    const role = await findRole(iam) ?? await createRole();
    if (!role) {
      // By the next look somebody else's creation is visible, or their deletion over.
      if (looks++ === LOOKS_FOR_TAKEN) {
        throw new Error(`IAM says that ${ROLE_NAME} exists but does not show it: deploy again`);
      }
      await clock.sleep(LOOK_INTERVAL);
      continue;
    }
    const { Arn, RoleId, CreateDate } = role;
    if (role.Path !== ROLE_PATH) {
      throw new Error(`${Arn} is an ordinary role with the name of ElastiCache's: delete it, then deploy again`);
    }

    if (Description !== undefined && Description !== (role.Description ?? '') && RoleId !== describedId) {
      log(`changing the description from ${JSON.stringify(role.Description)}`);
      await iam('UpdateRoleDescription', { RoleName: ROLE_NAME, Description });
      describedId = RoleId;
    }

    const rest = Math.min(CreateDate.getTime() + delay - clock.now(), delay);
    if (!(rest > 0)) {
      log(`ready: ${Arn} (${RoleId})`);
      world.id = [createdId, previousId].includes(ownId(role)) ? ownId(role) : ROLE_NAME;
      return { RoleArn: Arn, RoleName: ROLE_NAME, RoleId, CreateDate: CreateDate.toISOString() };
    }
    log(`${Arn} was made at ${CreateDate.toISOString()}: waiting ${rest / SECOND} s for it to be usable`);
    await clock.sleep(rest); // and look again: by then it can have been replaced
  }

  async function createRole(): Promise<FoundRole | undefined> {
    log('no role: creating it');
    try {
      const { Role: role } = await iam('CreateServiceLinkedRole', { AWSServiceName: SERVICE_PRINCIPAL, Description });
      if (role) {
        describedId = role.RoleId;
        createdId = ownId(role);
        if (previousId === NOT_CREATED) {
          world.id = createdId; // should this Create fail yet, the Delete after it takes the role away
        }
      }
      return role as FoundRole | undefined;
    } catch (error) {
      if (!isTaken(error as Error)) {
        throw error;
      }
      log('the name is taken: looking again');
      return undefined;
    }
  }
}

/** Delete: the role goes if the construct asked for that, and only the very role that this stack made. */
export async function deleteRole(world: World, { DeleteRole }: RoleProperties): Promise<void> {
  const { iam, clock, log, id } = world;
  if (DeleteRole !== 'true' || !id.startsWith(`${ROLE_NAME}/`)) {
    return log(`keeping the role: ${DeleteRole === 'true' ? 'this stack did not make it' : 'its removal policy says so'}`);
  }
  // Before each try to delete, since a try without an answer may have made room for another role of the name.
  const assertOwn = async () => {
    for (let looks = 1; ; looks++) {
      const role = await findRole(iam);
      if (role && ownId(role) === id) {
        return;
      }
      if (looks === LOOKS_FOR_OWN) {
        throw Object.assign(new Error(), { name: MISSING });
      }
      await clock.sleep(LOOK_INTERVAL); // what was read can be older than the role
    }
  };

  try {
    await assertOwn();
    const { DeletionTaskId } = await iam('DeleteServiceLinkedRole', { RoleName: ROLE_NAME }, assertOwn);
    for (let lastStatus = ''; ;) {
      const { Status, Reason } = await iam('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId }).catch(undefinedIfMissing) ?? {};
      if (Status === 'SUCCEEDED') {
        return log('deleted the role');
      }
      if (!Status) {
        await assertOwn(); // IAM soon forgets a task that succeeded
      }
      if (Status === 'FAILED') {
        throw Object.assign(new Error(`IAM did not delete ${ROLE_NAME}: ${Reason?.Reason ?? 'it gave no reason'}. Delete what uses it, then the stack again, or retain this resource`), {
          resources: Reason?.RoleUsageList?.flatMap(({ Region, Resources }) => Resources?.map((resource) => `${Region} ${resource}`) ?? []),
        });
      }
      const status = Status ?? 'unknown to IAM';
      if (status !== lastStatus) {
        log(`the deletion is ${status} (${DeletionTaskId}); to join it later, delete the stack again`);
        lastStatus = status;
      }
      await clock.sleep(LOOK_INTERVAL);
    }
  } catch (error) {
    undefinedIfMissing(error as Error);
    log('the role that this stack made is gone or replaced');
  }
}

/** What IAM always says of a role, which the SDK's type leaves open. */
type FoundRole = Role & { readonly Arn: string; readonly RoleId: string; readonly CreateDate: Date };

function ownId({ RoleId }: Role): string {
  return `${ROLE_NAME}/${RoleId}`;
}

async function findRole(iam: PatientIam): Promise<FoundRole | undefined> {
  return (await iam('GetRole', { RoleName: ROLE_NAME }).catch(undefinedIfMissing))?.Role as FoundRole | undefined;
}

function undefinedIfMissing(error: Error): undefined {
  if (!error.name.startsWith(MISSING)) {
    throw error;
  }
}

/** The code InvalidInput says other things too. */
function isTaken({ name, message }: Error): boolean {
  return name.startsWith('EntityAlreadyExists') || (name.startsWith('InvalidInput') && message.includes('been taken'));
}
