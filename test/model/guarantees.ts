import type { Role } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Request, Stack } from './cloudformation';
import { Violation } from './explorer';
import type { Action, RoleState } from './iam/iam-model';
import { SECOND } from './iam/simulated-clock';
import type { HandlerResponse } from './simulation';
import { ROLE_NAME, ROLE_PATH } from '../../src/private/role-identity';

/** For how long the handler requests the deletion of a role in use. */
const IN_USE_BUDGET = 30 * SECOND;

/** How far reads lag behind at most. IAM documents no bound. */
export const MAX_LAG = 10 * SECOND;

export interface SentEvent {
  readonly stack: number;
  readonly request: Request;
  readonly event: CloudFormationCustomResourceEvent;
  /** How many invocations for it failed. */
  readonly failures?: number;
}

/** What an invocation of the handler was shown. */
export interface Known {
  readonly sent: SentEvent;
  readonly start: number;
  readonly lastResponse?: { readonly action: Action; readonly at: number; readonly role?: Pick<RoleState, 'RoleId' | 'Path' | 'created'> };
  /** The number of the newest role that IAM showed. */
  readonly newest?: number;
  readonly createdRoleId?: string;
  readonly describedRoleId?: string;
}

/** What is known after a call. Without a response, IAM gave an error or none. */
export function knownAfter(known: Known, action: Action, at: number, response?: unknown): Known {
  const { RoleId, Path, CreateDate, Description } = (response as { readonly Role?: Role } | undefined)?.Role ?? {};
  const role = RoleId && Path && CreateDate ? { RoleId, Path, created: CreateDate.getTime() } : undefined;
  const isDescribed = role && (action !== 'getRole' || (Description ?? '') === known.sent.request.properties.Description);
  return {
    ...known,
    lastResponse: { action, at, role },
    newest: role ? Math.max(numberOf(role), known.newest ?? 0) : known.newest,
    createdRoleId: action === 'createServiceLinkedRole' && role ? RoleId : known.createdRoleId,
    describedRoleId: isDescribed ? RoleId : known.describedRoleId,
  };
}

export function assertKept(isKept: boolean, text: string): void {
  if (!isKept) {
    throw new Violation(text);
  }
}

/** The model numbers the roles. Two can be created at the same time. */
const numberOf = ({ RoleId }: Pick<RoleState, 'RoleId'>) => Number(RoleId.replace('AROA', ''));
const ownedId = (roleId: string) => `${ROLE_NAME}/${roleId}`;

/** The window that IAM leaves open: the role was replaced after what the read before the deletion showed, and no read showed the newer one. */
export function isUnguarded({ lastResponse, newest }: Known, { RoleId }: RoleState): boolean {
  const role = lastResponse?.action === 'getRole' ? lastResponse.role : undefined;
  return role !== undefined && role.RoleId !== RoleId && numberOf(role) === newest;
}

/** Called when IAM is about to delete the role, which this stack or no stack created. */
export function checkDeletion(
  { sent: { request, stack } }: Known, { RoleId }: RoleState, creator: number | undefined, { resources }: Pick<Stack, 'resources'>,
): void {
  assertKept(creator === stack && request.type === 'Delete' && request.physicalId === ownedId(RoleId), 'a stack deletes no role that it did not create');
  assertKept(request.properties.RemovalPolicy === 'destroy', 'a stack deletes the role only if its declaration requests that');
  assertKept(!request.isCleanUp || Object.values(resources).every(({ roleId }) => roleId !== RoleId),
    'a clean-up does not delete the role that the stack still declares');
}

/** The account when the handler responds. */
export interface Circumstances {
  readonly time: number;
  readonly role?: RoleState;
  readonly creator?: number;
  /** Whether events may fail for a reason that is none of the other stacks. */
  readonly mayFail: boolean;
  readonly inUseUntil: number;
}

export function checkResponse(
  { sent: { stack, request: { type, properties, physicalId: idBefore } }, start, lastResponse, createdRoleId, describedRoleId }: Known,
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
  assertKept(lastResponse?.at === time && lastResponse.role?.RoleId === RoleId, 'SUCCESS reports the role that IAM showed last');
  const { Path, created } = lastResponse!.role!;
  assertKept(Path === ROLE_PATH, 'SUCCESS reports a service-linked role');
  assertKept(created + Number(properties.PropagationDelay) * SECOND <= time, 'SUCCESS reports a role that is old enough');
  assertKept(properties.Description === undefined || describedRoleId === RoleId, 'SUCCESS reports a role with the requested description');
  const expectedId = createdRoleId === RoleId ? ownedId(RoleId) : idBefore ?? ROLE_NAME;
  assertKept(PhysicalResourceId === expectedId, 'the event that created the role claims it, and no other does');
}
