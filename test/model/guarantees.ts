import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Request, Stack } from './cloudformation';
import { Violation } from './explorer';
import type { RoleState } from './iam/iam-model';
import { SECOND } from './iam/simulated-clock';
import type { Course } from './replayed-invocation';
import type { HandlerResponse } from './simulation';
import { ROLE_NAME, ROLE_PATH } from '../../src/private/role-identity';

/** For how long the handler requests the deletion of a role in use. */
const IN_USE_BUDGET = 30 * SECOND;

export interface SentEvent {
  readonly stack: number;
  readonly request: Request;
  readonly event: CloudFormationCustomResourceEvent;
  /** How many invocations for it failed. */
  readonly failures?: number;
}

export function assertKept(isKept: boolean, text: string): void {
  if (!isKept) {
    throw new Violation(text);
  }
}

const ownedId = (roleId: string) => `${ROLE_NAME}/${roleId}`;

/** The model numbers the roles. Two can be created at the same time. */
const numberOf = (roleId: string) => Number(roleId.replace('AROA', ''));

/** The window that IAM leaves open: the role was replaced after what the read before the deletion showed, and no read showed the newer one. */
export function isUnguarded({ calls }: Course, { RoleId }: RoleState): boolean {
  const { action, role } = calls.at(-1) ?? {};
  const shown = action === 'getRole' ? role?.RoleId : undefined;
  return shown !== undefined && shown !== RoleId && calls.every((call) => !call.role || numberOf(call.role.RoleId!) <= numberOf(shown));
}

/** Called when IAM is about to delete the role, which this stack or no stack created. */
export function checkDeletion(
  { request, stack }: SentEvent, { RoleId }: RoleState, creator: number | undefined, { resources }: Pick<Stack, 'resources'>,
): void {
  assertKept(creator === stack && request.type === 'Delete' && request.physicalId === ownedId(RoleId), 'a stack deletes no role that it did not create');
  assertKept(request.properties.RemovalPolicy === 'destroy', 'a stack deletes the role only if its declaration requests that');
  assertKept(!request.isCleanUp || Object.values(resources).every(({ roleId }) => roleId !== RoleId),
    'a clean-up does not delete the role that the stack still declares');
}

/** The account when the handler responds. */
interface Circumstances {
  readonly time: number;
  readonly role?: RoleState;
  readonly creator?: number;
  /** Whether events may fail for a reason that is none of the other stacks. */
  readonly mayFail: boolean;
  readonly inUseUntil: number;
}

export function checkResponse(
  { stack, request: { type, properties, physicalId: idBefore } }: SentEvent,
  { start, calls }: Course,
  { Status, PhysicalResourceId, Data }: HandlerResponse,
  { time, role, creator, mayFail, inUseUntil }: Circumstances,
): void {
  if (Status === 'FAILED') {
    assertKept(mayFail || (type === 'Delete' && start + IN_USE_BUDGET <= inUseUntil), 'no event fails because of another stack');
    assertKept(PhysicalResourceId === (idBefore ?? 'not-created'), 'an event that failed claims no role');
    return;
  }
  if (type === 'Delete') {
    const isOwned = role && creator === stack && idBefore === ownedId(role.RoleId);
    assertKept(!isOwned || properties.RemovalPolicy === 'retain', 'a deleted stack leaves no role of its own behind');
    assertKept(PhysicalResourceId === idBefore, 'a deletion keeps the physical ID');
    return;
  }
  const { RoleId } = Data!;
  const { at, role: shown } = calls.at(-1) ?? {};
  assertKept(at === time && shown?.RoleId === RoleId, 'SUCCESS reports the role that IAM showed last');
  assertKept(shown!.Path === ROLE_PATH, 'SUCCESS reports a service-linked role');
  assertKept(shown!.CreateDate!.getTime() + Number(properties.PropagationDelay) * SECOND <= time, 'SUCCESS reports a role that is old enough');

  const withRole = calls.filter((call) => call.role);
  const described = withRole.filter(({ action, role: { Description = '' } = {} }) => action !== 'getRole' || Description === properties.Description);
  const lastDescribed = described.at(-1)?.role;
  assertKept(properties.Description === undefined || lastDescribed?.RoleId === RoleId, 'SUCCESS reports a role with the requested description');
  const lastCreated = withRole.filter(({ action }) => action === 'createServiceLinkedRole').at(-1)?.role;
  assertKept(PhysicalResourceId === (lastCreated?.RoleId === RoleId ? ownedId(RoleId) : idBefore ?? ROLE_NAME),
    'the event that created the role claims it, and no other does');
}
