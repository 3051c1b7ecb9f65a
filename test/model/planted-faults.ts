import type { WORLDS } from './worlds';

/** A fault in the handler's code. */
export interface PlantedFault {
  readonly replacements: readonly (readonly [code: string, faulty: string])[];
  readonly brokenPromise: string;
}

/** One that the explorer finds in this world. */
export interface ExploredFault extends PlantedFault {
  readonly world: keyof typeof WORLDS;
}

const OWNERSHIP = 'the event that created the role claims it, and no other does';
const NO_FAILURE = 'no event fails because of another stack';
const LAST_SHOWN = 'SUCCESS reports the role that IAM showed last';
const NO_FOREIGN_DELETION = 'a stack deletes no role that it did not create';
const LEAVES_NOTHING = 'a deleted stack leaves no role of its own behind';

export const PLANTED_FAULTS: Record<string, ExploredFault> = {
  'no read after the wait': {
    replacements: [['await clock.sleep(remaining);', 'await clock.sleep(remaining); return ensured(context, role, progress);']],
    world: 'one stack that waits, and others change the role',
    brokenPromise: LAST_SHOWN,
  },
  'the age is counted from the start of the function': {
    replacements: [['role.CreateDate.getTime() + minimumAge', '(context.start ??= clock.now()) + minimumAge']],
    world: 'one stack that waits, and others change the role',
    brokenPromise: 'SUCCESS reports a role that is old enough',
  },
  'the response of UpdateRoleDescription is ignored': {
    replacements: [
      ['async function updateDescription(context, { RoleId, Description }, progress) {', 'async function updateDescription(context, read, progress) {\n  const { RoleId, Description } = read;'],
      ['progress.describedRoleId = role.RoleId;\n  return role;', 'progress.describedRoleId = role.RoleId;\n  return read;'],
    ],
    world: 'an old role, and others replace it',
    brokenPromise: LAST_SHOWN,
  },
  'a regular role in the response of UpdateRoleDescription is accepted': {
    replacements: [['refuseRegularRole(role);\n  progress', 'progress']],
    world: 'a regular role takes the name',
    brokenPromise: 'SUCCESS reports a service-linked role',
  },
  'NoSuchEntity of UpdateRoleDescription is an error': {
    replacements: [['isUnchanged).catch(ignoreNotFound)', 'isUnchanged)']],
    world: 'a stack that retains the role, and one that deletes it',
    brokenPromise: NO_FAILURE,
  },
  'the description of an adopted role is kept': {
    replacements: [['return hasDescription(role, progress) ?', 'return true ?']],
    world: 'two stacks',
    brokenPromise: 'SUCCESS reports a role with the requested description',
  },
  'an Update that adopts a role changes its physical ID': {
    replacements: [['ownedId(RoleId) : physicalResourceId,', 'ownedId(RoleId) : ownedRoleId(physicalResourceId) === RoleId ? physicalResourceId : ADOPTED,']],
    world: 'an update, and others replace the role',
    brokenPromise: OWNERSHIP,
  },
  'an Update that created the role does not wait until reads show it': {
    replacements: [['READ_LAG : 0', '0 : 0']],
    world: 'an update, and others delete the role',
    brokenPromise: NO_FOREIGN_DELETION,
  },
  'an Update loses its physical ID': {
    replacements: [['ownedId(RoleId) : physicalResourceId,', 'ownedId(RoleId) : ADOPTED,']],
    world: 'an update, a second delivery',
    brokenPromise: OWNERSHIP,
  },
  'each role is owned': {
    replacements: [['RoleId === createdRoleId ?', 'true ?']],
    world: 'two stacks',
    brokenPromise: OWNERSHIP,
  },
  'no role is owned': {
    replacements: [['RoleId === createdRoleId ?', 'false ?']],
    world: 'two stacks',
    brokenPromise: OWNERSHIP,
  },
  'a failed Create claims the role': {
    replacements: [
      ['const response = { StackId,', 'const claim = (role) => { response.PhysicalResourceId = ownedId(role.RoleId); };\n  const response = { StackId,'],
      ['{ physicalResourceId, iam, clock, log })', '{ physicalResourceId, iam, clock, log, claim })'],
      ['async function createRole({ iam, log }', 'async function createRole({ iam, log, claim }'],
      ['progress.createdRoleId =', 'claim(role); progress.createdRoleId ='],
    ],
    world: '--no-rollback',
    brokenPromise: 'an event that failed claims no role',
  },
  'a name that is taken is an error': {
    replacements: [['if (isNameTaken(error)) {', 'if (false) {']],
    world: 'two stacks',
    brokenPromise: NO_FAILURE,
  },
  'the role is read once before it is created': {
    replacements: [['var MAX_READS = 60;', 'var MAX_READS = 1;']],
    world: 'two stacks',
    brokenPromise: NO_FAILURE,
  },
  'the role is read once before it is deleted': {
    replacements: [['var MAX_OWNED_ROLE_READS = 6;', 'var MAX_OWNED_ROLE_READS = 1;']],
    world: 'one stack, and IAM lags behind',
    brokenPromise: LEAVES_NOTHING,
  },
  'the path of the role is not compared': {
    replacements: [['if (Path !== ROLE_PATH) {', 'if (false) {']],
    world: 'a regular role takes the name',
    brokenPromise: 'SUCCESS reports a service-linked role',
  },
  'a read that lags behind one of a newer role is believed': {
    replacements: [['role.CreateDate.getTime() > newest', 'true']],
    world: 'an old role, and others replace it',
    brokenPromise: NO_FOREIGN_DELETION,
  },
  'the role is deleted by its name': {
    replacements: [['if (role.RoleId === roleId) {', 'if (true) {']],
    world: 'one stack, and others change the role',
    brokenPromise: NO_FOREIGN_DELETION,
  },
  'the role is not read before a repeated deletion': {
    replacements: [['() => exists(context, roleId)', 'async () => true']],
    world: 'a deletion that fails, and is tried again',
    brokenPromise: NO_FOREIGN_DELETION,
  },
  'the role is deleted whatever the removal policy': {
    replacements: [['if (!DELETING_POLICIES.includes(RemovalPolicy)) {', 'if (false) {']],
    world: 'a stack that retains the role, and one that deletes it',
    brokenPromise: 'a stack deletes the role only if its declaration requests that',
  },
  'an unknown deletion task counts as success': {
    replacements: [['if (status === "SUCCEEDED") {', 'if (status !== "FAILED") {']],
    world: 'one stack, and IAM lags behind',
    brokenPromise: LEAVES_NOTHING,
  },
  'a deletion task in progress counts as success': {
    replacements: [['if (status !== loggedStatus) {', 'if (status === "IN_PROGRESS") {\n      return { Status: "SUCCEEDED" };\n    }\n    if (status !== loggedStatus) {']],
    world: 'two stacks',
    brokenPromise: LEAVES_NOTHING,
  },
  'the deletion of a role in use is requested once': {
    replacements: [['var IN_USE_BUDGET = 3e4;', 'var IN_USE_BUDGET = 0;']],
    world: 'a role in use',
    brokenPromise: NO_FAILURE,
  },
  'a server error is final': {
    replacements: [['var FAULT_BUDGET = 12e4;', 'var FAULT_BUDGET = 0;']],
    world: 'one stack, and IAM fails',
    brokenPromise: NO_FAILURE,
  },
  'two responses': {
    replacements: [['  await send(event.ResponseURL, body, deadline, dependencies);', '  await send(event.ResponseURL, body, deadline, dependencies);\n  await send(event.ResponseURL, body, deadline, dependencies);']],
    world: 'two stacks',
    brokenPromise: 'an event gets one response',
  },
  'no response': {
    replacements: [['  await send(event.ResponseURL, body, deadline, dependencies);', '']],
    world: 'two stacks',
    brokenPromise: 'every event gets a response',
  },
};

/** By the property of the schedules that finds them. */
export const FAULTS_FOUND_BY_SCHEDULES: Record<string, Record<string, PlantedFault>> = {
  'every promise holds': {
    'the response is sent 10 s before Lambda ends the function': {
      replacements: [['var RESPONSE_RESERVE = 2e4;', 'var RESPONSE_RESERVE = 1e4;']],
      brokenPromise: 'the handler responds 20 s before Lambda ends the function',
    },
    'a response is too long': {
      replacements: [['var MAX_RESPONSE_BYTES = 4096;', 'var MAX_RESPONSE_BYTES = 5e3;']],
      brokenPromise: 'a response has at most 4,096 bytes',
    },
    'the response is sent again until Lambda ends the function': {
      replacements: [['var SPARE = 5e3;', 'var SPARE = -5e3;']],
      brokenPromise: 'the function ends 5 s before Lambda ends it',
    },
    'the response is sent once': {
      replacements: [['while (!await isAccepted(url, body, dependencies)) {', 'if (!await isAccepted(url, body, dependencies)) {\n    return;']],
      brokenPromise: 'every event gets a response',
    },
  },
  'no event fails if a retry helps': {
    'every event fails': {
      replacements: [['const handling = handleRequest(', 'const handling = Promise.reject(new Error("failed")) ?? handleRequest(']],
      brokenPromise: NO_FAILURE,
    },
    'access denied is final': {
      replacements: [['var ACCESS_DENIED_BUDGET = 3e4;', 'var ACCESS_DENIED_BUDGET = 0;']],
      brokenPromise: NO_FAILURE,
    },
    ...Object.fromEntries([
      'a server error is final',
      'a name that is taken is an error',
      'the deletion of a role in use is requested once',
      'the role is not read before a repeated deletion',
    ].map((name) => [name, PLANTED_FAULTS[name]])),
  },
};
