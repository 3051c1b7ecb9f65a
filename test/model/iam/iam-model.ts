import type { DeletionTaskFailureReasonType, Role } from '@aws-sdk/client-iam';
import type { CallOptions, Iam } from '../../../src/handler/iam';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../../src/private/role-identity';

const ACTIONS = [
  'getRole', 'createServiceLinkedRole', 'updateRoleDescription', 'deleteServiceLinkedRole', 'getServiceLinkedRoleDeletionStatus',
] as const satisfies readonly (keyof Iam)[];
export type Action = keyof Iam;
type Request<A extends Action> = Parameters<Iam[A]>[0];
type Response<A extends Action> = Awaited<ReturnType<Iam[A]>>;

/** The five calls, all of them made by one function. */
export function iamOf(call: (action: Action, request: never, options: CallOptions) => Promise<object>): Iam {
  return Object.fromEntries(ACTIONS.map((action) => [
    action, (request: never, options: CallOptions) => call(action, request, options),
  ])) as unknown as Iam;
}

/** A role with the reserved name; at another path it is a regular one. All of it can be serialized. */
export interface RoleState {
  readonly RoleId: string;
  readonly Path: string;
  /** In milliseconds. */
  readonly created: number;
  readonly Description?: string;
}

interface DeletionTask {
  readonly id: string;
  readonly started: number;
  readonly plan: DeletionPlan;
  /** When it ended. */
  ended?: number;
  failure?: DeletionTaskFailureReasonType;
}

/** How a deletion task proceeds. */
interface DeletionPlan {
  /** In milliseconds. Absent: it is in progress until the test ends it. */
  readonly duration?: number;
  /** Why IAM does not delete the role. */
  readonly failure?: DeletionTaskFailureReasonType;
}

/** The state of the account's IAM. */
export interface IamState {
  /** The role at each time from which on it was different, in order. */
  readonly history: { readonly at: number; readonly role?: RoleState }[];
  readonly tasks: DeletionTask[];
  /** How many roles there were. */
  roles: number;
}

const MODELED_ERRORS = ['InvalidInput', 'LimitExceeded', 'NoSuchEntity', 'ServiceFailure', 'UnmodifiableEntity', 'EntityAlreadyExists', 'ConcurrentModification'];

/** An error response of IAM, as the SDK throws it. */
export interface SdkError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  readonly Type: 'Sender' | 'Receiver';
  readonly Code: string;
}

export function sdkError(Code: string, httpStatusCode: number, message: string = Code): SdkError {
  return Object.assign(new Error(message), {
    name: MODELED_ERRORS.includes(Code) ? `${Code}Exception` : Code,
    $metadata: { httpStatusCode },
    Type: httpStatusCode < 500 ? 'Sender' as const : 'Receiver' as const,
    Code,
  });
}
export const noSuchRole = (name: string = ROLE_NAME) => sdkError('NoSuchEntity', 404, `The role with name ${name} cannot be found.`);
export const nameTaken = () =>
  sdkError('InvalidInput', 400, `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`);
const invalidDescription = (constraint: string) =>
  sdkError('ValidationError', 400, `1 validation error detected: Value at 'description' failed to satisfy constraint: ${constraint}`);

const ACCOUNT = '123456789012';
const ASSUME_ROLE_POLICY = encodeURIComponent(JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: SERVICE_PRINCIPAL }, Action: 'sts:AssumeRole' }],
}));

/**
 * The IAM of one account, as far as ElastiCache's service-linked role is concerned. Each call is carried out at once, at the
 * current time. It accepts what IAM accepts, and no more. With `asOf`, it acts on the state of an earlier time, as a replica of
 * IAM that lags behind: reads show that state, and writes do not find a role that did not exist yet.
 */
export class IamModel {
  private readonly current: IamState;

  /** Continues from the state, by default from that of an account without a role. */
  constructor(
    private readonly clock: { now(): number }, { history, tasks, roles }: Readonly<IamState> = { history: [{ at: 0 }], tasks: [], roles: 0 },
  ) {
    this.current = { history: [...history], tasks: tasks.map((task) => ({ ...task })), roles };
  }

  /** How the next deletion tasks proceed. By default each one succeeds at once. */
  deletionPlan: () => DeletionPlan = () => ({ duration: 0 });

  /** Everything that decides the future, apart from the time and `deletionPlan`. Can be serialized. */
  get state(): Readonly<IamState> {
    this.endDueTask();
    return this.current;
  }

  get role(): RoleState | undefined {
    return this.state.history.at(-1)!.role;
  }

  roleAt(time: number): RoleState | undefined {
    return [...this.state.history].reverse().find(({ at }) => at <= time)!.role;
  }

  // The calls of the handler.

  carryOut<A extends Action>(action: A, request: Request<A>, asOf?: number): Response<A> {
    return (this[action] as (request: Request<A>, asOf?: number) => Response<A>)(request, asOf);
  }

  getRole({ RoleName }: Request<'getRole'>, asOf = this.clock.now()): Response<'getRole'> {
    return { Role: { ...asResponse(this.find(RoleName, asOf)), RoleLastUsed: {} } };
  }

  createServiceLinkedRole({ AWSServiceName, CustomSuffix, Description }: Request<'createServiceLinkedRole'>): Response<'createServiceLinkedRole'> {
    validateDescription(Description);
    if (AWSServiceName !== SERVICE_PRINCIPAL) {
      throw sdkError('AccessDenied', 403, `Cannot find Service Linked Role template for ${AWSServiceName}`);
    }
    if (CustomSuffix !== undefined) {
      throw sdkError('InvalidInput', 400, `Custom suffix is not allowed for ${AWSServiceName}`);
    }
    if (this.role) {
      throw nameTaken();
    }
    const { MaxSessionDuration, Description: _, ...role } = asResponse(this.createRole({ Description }));
    return { Role: role };
  }

  updateRoleDescription({ RoleName, Description }: Request<'updateRoleDescription'>, asOf = this.clock.now()): Response<'updateRoleDescription'> {
    validateDescription(Description);
    this.find(RoleName, asOf);
    const role = { ...this.find(RoleName, this.clock.now()), Description };
    this.setRole(role);
    return { Role: asResponse(role) };
  }

  deleteServiceLinkedRole({ RoleName }: Request<'deleteServiceLinkedRole'>, asOf = this.clock.now()): Response<'deleteServiceLinkedRole'> {
    this.find(RoleName, asOf);
    if (this.find(RoleName, this.clock.now()).Path !== ROLE_PATH) {
      throw noSuchRole();
    }
    const { runningTask, current: { tasks } } = this;
    if (runningTask) {
      return { DeletionTaskId: runningTask.id };
    }
    const id = `task${ROLE_PATH}${ROLE_NAME}/00000000-0000-4000-8000-${String(tasks.length).padStart(12, '0')}`;
    tasks.push({ id, started: this.clock.now(), plan: this.deletionPlan() });
    this.endDueTask();
    return { DeletionTaskId: id };
  }

  getServiceLinkedRoleDeletionStatus(
    { DeletionTaskId }: Request<'getServiceLinkedRoleDeletionStatus'>, asOf = this.clock.now(),
  ): Response<'getServiceLinkedRoleDeletionStatus'> {
    const task = this.state.tasks.find(({ id, started }) => id === DeletionTaskId && started <= asOf);
    if (!task) {
      throw sdkError('NoSuchEntity', 404, `The deletion task with ID ${DeletionTaskId} cannot be found.`);
    }
    const { ended = Infinity, failure } = task;
    if (ended > asOf) {
      return { Status: 'IN_PROGRESS' };
    }
    return failure ? { Status: 'FAILED', Reason: failure } : { Status: 'SUCCEEDED' };
  }

  // What others do.

  /** Creates a role, or replaces the present one; at another path a regular role. One of the past was there since then. */
  createRole({ RoleId, Path = ROLE_PATH, created = this.clock.now(), Description }: Partial<RoleState> = {}): RoleState {
    this.deleteRole();
    this.current.roles++;
    const role = { RoleId: RoleId ?? `AROA${this.current.roles}`, Path, created, ...Description !== undefined && { Description } };
    return this.setRole(role, Math.max(this.current.history.at(-1)!.at, Math.min(created, this.clock.now())));
  }

  /** Deletes the role at once. A task that is deleting it has succeeded. */
  deleteRole(): void {
    const { role, runningTask } = this;
    if (runningTask) {
      runningTask.ended = this.clock.now();
    }
    if (role) {
      this.setRole(undefined);
    }
  }

  /** The deletion task in progress. Those of previous roles have ended. */
  get runningTask(): DeletionTask | undefined {
    return this.state.tasks.find(({ ended }) => ended === undefined);
  }

  /** Ends the task in progress, with a failure or with the deletion of the role. */
  endTask(failure?: DeletionTaskFailureReasonType, ended: number = this.clock.now()): void {
    Object.assign(this.current.tasks.at(-1)!, { ended, ...failure && { failure } });
    if (!failure) {
      this.setRole(undefined, ended);
    }
  }

  private endDueTask(): void {
    const { started, ended, plan } = this.current.tasks.at(-1) ?? { started: Infinity, plan: {} };
    const due = started + (plan.duration ?? Infinity);
    if (ended === undefined && due <= this.clock.now()) {
      this.endTask(plan.failure, due);
    }
  }

  private find(RoleName: string | undefined, asOf: number): RoleState {
    const role = RoleName === ROLE_NAME ? this.roleAt(asOf) : undefined;
    if (!role) {
      throw noSuchRole(RoleName);
    }
    return role;
  }

  private setRole<R extends RoleState | undefined>(role: R, at: number = this.clock.now()): R {
    this.current.history.push({ at, ...role && { role } });
    return role;
  }
}

function arnOf(path: string): string {
  return `arn:aws:iam::${ACCOUNT}:role${path}${ROLE_NAME}`;
}

/** A role as IAM shows it; `Description` only where there is one. */
function asResponse({ RoleId, Path, created, Description }: RoleState): Role {
  return {
    Path,
    RoleName: ROLE_NAME,
    RoleId,
    Arn: arnOf(Path),
    CreateDate: new Date(created),
    AssumeRolePolicyDocument: ASSUME_ROLE_POLICY,
    ...Description !== undefined && { Description },
    MaxSessionDuration: 3600,
  };
}

function validateDescription(description: string = ''): void {
  if (description.length > 1_000) {
    throw invalidDescription('Member must have length less than or equal to 1000');
  }
  if (!/^[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*$/.test(description)) {
    throw invalidDescription('Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*');
  }
}
