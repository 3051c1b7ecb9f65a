import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import { proceed, type Stack } from './cloudformation';
import { type Model, type Step } from './explorer';
import { assertKept, checkDeletion, checkResponse, isUnguarded, type Known, knownAfter, MAX_LAG, type SentEvent } from './guarantees';
import { type Action, IamModel, type IamState, noSuchRole, sdkError } from './iam/iam-model';
import { SECOND, START } from './iam/simulated-clock';
import { Course, type Pending, type PendingCall, type PendingPut, type Result } from './replayed-invocation';
import { type HandlerResponse, someEvent } from './simulation';
import type { Budgets, Fault, World } from './worlds';

/** A call that waits for longer times out. */
const MAX_LATENCY = 9 * SECOND;
const MAX_TASK_DURATION = 4 * SECOND;
/** How often Lambda retries a failed invocation. */
const LAMBDA_RETRIES = 2;
/** The physical ID that CloudFormation generates for a Create without a response. */
const GENERATED_ID = 'S-Role-1ABC';
/** Why IAM does not delete the role. The list is too long for a response. */
const TASK_FAILURE: DeletionTaskFailureReasonType = {
  Reason: 'in use',
  RoleUsageList: [{ Region: 'us-east-1', Resources: Array.from({ length: 30 }, () => 'größe'.repeat(30)) }],
};

interface ExploredStack extends Stack {
  readonly waitsFor?: SentEvent;
  /** How many events CloudFormation sent for it. */
  readonly eventCount: number;
}

interface Invocation {
  readonly course: Course;
  readonly known: Known;
  /** When it began to wait. */
  readonly since: number;
  /** What gets no response. */
  readonly hung?: Pending;
  /** What it sent. */
  readonly response?: { readonly body: string; readonly isConfirmed: boolean };
}

interface State {
  readonly time: number;
  readonly iam: Readonly<IamState>;
  /** By RoleId. */
  readonly creators: Readonly<Record<string, number>>;
  readonly stacks: readonly ExploredStack[];
  readonly invocations: readonly Invocation[];
  /** The events that Lambda can deliver again. */
  readonly delivered: readonly SentEvent[];
  /** The events that Lambda retries, because their invocation failed. */
  readonly retries: readonly SentEvent[];
  readonly budgets: Budgets;
  /** An event may fail for a reason that is none of the other stacks. */
  readonly mayFail: boolean;
  /** Until when resources use the role. */
  readonly inUseUntil: number;
}

interface PossibleStep {
  readonly label: string;
  readonly cost?: Fault;
  take(state: State): State | Promise<State>;
}

/** After one of these, an event may fail. */
const EXCUSES: readonly (Fault | undefined)[] = ['refusal', 'regularRole'];

const ERRORS = {
  error500: sdkError('ServiceFailure', 500),
  error403: sdkError('AccessDenied', 403),
  refusal: sdkError('LimitExceeded', 409),
} satisfies { readonly [F in Fault]?: Error };

/** Responses that are counted. */
const RESPONSES: Readonly<Record<string, (response: HandlerResponse) => boolean>> = {
  'events that failed': ({ Status }) => Status === 'FAILED',
  'functions out of time': ({ Reason }) => !!Reason?.includes('ran out of time'),
  'truncated responses': ({ Reason }) => !!Reason?.endsWith(' more'),
};

const seconds = (time: number) => `${(time - START) / SECOND} s`;
const nameOf = (stack: number) => String.fromCharCode('A'.charCodeAt(0) + stack);

/** An account: IAM, CloudFormation with its stacks, Lambda, and others who change the role. */
export class AccountModel implements Model<State> {
  /** How often what happened, over all steps that were tried. */
  readonly reached: Record<string, number> = {};
  readonly initial: State;
  private readonly lambdaTimeout: number;
  private readonly starts = new Map<string, Course | Promise<Course>>();

  constructor(private readonly world: World) {
    const { stacks, budgets = {}, oldRole, inUse, mayFail = false } = world;
    const iam = new IamModel({ now: () => START });
    if (oldRole) {
      iam.createRole({ created: START - 24 * 3_600 * SECOND, Description: 'old' });
    }
    this.lambdaTimeout = world.lambdaTimeout ?? Infinity;
    this.initial = {
      time: START,
      iam: { ...iam.state, history: [{ ...iam.state.history.at(-1)!, at: 0 }] },
      creators: {},
      stacks: stacks.map((commands) => ({ commands, physicalId: '', eventCount: 0 })),
      invocations: [],
      delivered: [],
      retries: [],
      budgets,
      mayFail,
      inUseUntil: inUse ? Infinity : 0,
    };
  }

  key = ({ time, iam, creators, stacks, invocations, delivered, retries, budgets, mayFail, inUseUntil }: State): string => JSON.stringify([
    time,
    { ...iam, tasks: iam.tasks.map(({ id, started, ended, failure }) => [id, started, ended, !failure]) },
    creators[iam.history.at(-1)!.role?.RoleId ?? ''],
    stacks.map(({ waitsFor, ...stack }) => [stack, waitsFor?.request.RequestId]),
    invocations.map(({ course, hung }) => `${course.number} ${hung === course.pending}`).sort(),
    [delivered, retries].map((events) => events.map(({ request, failures }) => [request.RequestId, failures])),
    budgets,
    mayFail,
    inUseUntil,
  ]);

  steps = (state: State): Step<State>[] => {
    const steps = [
      ...state.stacks.flatMap((stack) => this.send(state, stack)),
      ...state.delivered.map((event) => this.deliverAgain(event)),
      ...state.retries.map((event) => this.retry(event)),
      ...state.invocations.flatMap((invocation) => this.endWait(state, invocation)),
      ...this.endTask(state),
      ...this.others(state),
      ...this.letTimePass(state),
    ].filter(({ cost }) => !cost || state.budgets[cost]).map(({ label, cost, take }) => ({
      label: `${seconds(state.time)}  ${label}`,
      isFault: cost !== undefined,
      take: () => take({
        ...state,
        ...cost && { budgets: { ...state.budgets, [cost]: state.budgets[cost]! - 1 } },
        mayFail: state.mayFail || EXCUSES.includes(cost),
      }),
    }));
    assertKept(steps.length > 0 || !state.stacks.some(({ waitsFor }) => waitsFor), 'every event gets a response');
    return steps;
  };

  private count(name: string): void {
    this.reached[name] = (this.reached[name] ?? 0) + 1;
  }

  // CloudFormation and Lambda.

  private send(state: State, current: ExploredStack): PossibleStep[] {
    const { commands: [command, ...commands], physicalId, waitsFor, eventCount, ...stack } = current;
    const index = state.stacks.indexOf(current);
    if (waitsFor) {
      return [this.stopWaiting(waitsFor)];
    }
    if (!command) {
      return [];
    }
    const stackId = `arn:aws:cloudformation:us-east-1:123456789012:stack/${nameOf(index)}${command.isMoved ? '-moved' : ''}/1`;
    const request = {
      ...someEvent(command.type, { id: command.physicalId ?? physicalId, stackId, ...command.properties }),
      RequestId: `${nameOf(index)}${eventCount}`,
    };
    const event = { stack: index, command, request };
    const sending = { ...stack, commands, physicalId, waitsFor: event, eventCount: eventCount + 1 };
    return [{
      label: `${nameOf(index)}  ${command.type} ${command.physicalId ?? physicalId}`.trimEnd(),
      take: (next) => this.invoke({
        ...withStack(next, current, sending),
        delivered: next.budgets.secondDelivery ? [...next.delivered, event] : [],
      }, event),
    }];
  }

  /** For a Create with rollback, this is also what follows when the user deletes the stack. */
  private stopWaiting(event: SentEvent): PossibleStep {
    return {
      label: `${nameOf(event.stack)}  CloudFormation stops waiting for a response to ${event.command.type}`,
      cost: 'abandonedEvent',
      take: (next) => {
        this.count('abandoned events');
        return this.abandon(next, event);
      },
    };
  }

  /** CloudFormation fails an event to which it got no response. */
  private abandon(state: State, event: SentEvent): State {
    const { command: { physicalId = state.stacks[event.stack].physicalId || GENERATED_ID } } = event;
    return this.receive(state, event, { Status: 'FAILED', PhysicalResourceId: physicalId });
  }

  private deliverAgain(event: SentEvent): PossibleStep {
    return {
      label: `${nameOf(event.stack)}  ${event.command.type} is delivered again`,
      cost: 'secondDelivery',
      take: (next) => this.invoke({ ...next, delivered: next.budgets.secondDelivery ? next.delivered : [] }, event),
    };
  }

  private retry(event: SentEvent): PossibleStep {
    return {
      label: `${nameOf(event.stack)}  Lambda retries ${event.command.type}`,
      take: (next) => {
        this.count('retries');
        const retries = next.retries.filter((other) => other !== event);
        return this.invoke({ ...next, retries }, { ...event, failures: (event.failures ?? 0) + 1 });
      },
    };
  }

  private async invoke(state: State, event: SentEvent): Promise<State> {
    const { lambdaTimeout, world: { timesOut = false } } = this;
    const key = `${state.time} ${JSON.stringify(event.request)}`;
    const start = { event: event.request, at: state.time, lambdaTimeout, timesOut };
    const course = await (this.starts.get(key) ?? Course.start(start));
    this.starts.set(key, course);
    const invocation = { course, known: { event, start: state.time }, since: state.time };
    return this.handlePending({ ...state, invocations: [...state.invocations, invocation] }, invocation);
  }

  /** The invocation continues with the result of what it waited for. */
  private async resume(state: State, invocation: Invocation, result: Result): Promise<State> {
    const { course: { pending }, known, response } = invocation;
    const course = await invocation.course.next(result);
    if (course.pending === pending) { // Only a time-out that no longer mattered ended.
      return withInvocation(state, invocation, { ...invocation, course });
    }
    const continued = {
      course,
      known: pending.kind === 'call' ? knownAfter(known, pending.action, result.at, result.response) : known,
      since: state.time,
      response: response && { ...response, isConfirmed: pending.kind === 'put' && result.response === 200 },
    };
    return this.handlePending(withInvocation(state, invocation, continued), continued);
  }

  /** What happens at once when the invocation sends its response or ends. Calls and timers wait for a step. */
  private handlePending(state: State, invocation: Invocation): State | Promise<State> {
    const { course: { pending } } = invocation;
    switch (pending.kind) {
      case 'put':
        return this.sendResponse(state, invocation);
      case 'end':
        return this.end(state, invocation, pending.succeeded);
      default:
        return state;
    }
  }

  private sendResponse(state: State, invocation: Invocation): State | Promise<State> {
    const { known, response } = invocation;
    const body = bodyOf(invocation);
    assertKept(!response || (response.body === body && !response.isConfirmed), 'an event gets one response');
    if (!response) {
      assertKept(state.time <= known.start + Math.max(this.lambdaTimeout - 20 * SECOND, 0), 'the handler responds 20 s before Lambda ends the function');
      assertKept(Buffer.byteLength(body) <= 4096, 'a response has at most 4,096 bytes');
      this.checkResponse(state, known, JSON.parse(body));
    }
    const sending = { ...invocation, response: { body, isConfirmed: false } };
    const next = withInvocation(state, invocation, sending);
    return state.budgets.putFault ? next : this.accept(next, sending);
  }

  private checkResponse(state: State, known: Known, response: HandlerResponse): void {
    const { role } = this.iamOf(state);
    checkResponse(known, response, { ...state, role, creator: role && state.creators[role.RoleId] });
    Object.entries(RESPONSES).filter(([, is]) => is(response)).forEach(([name]) => this.count(name));
  }

  private accept(state: State, invocation: Invocation): Promise<State> {
    const received = this.receive(state, invocation.known.event, JSON.parse(bodyOf(invocation)));
    return this.resume(received, invocation, { at: state.time, response: 200 });
  }

  /** CloudFormation accepts the first response to an event. */
  private receive(state: State, { command, request, stack: index }: SentEvent, response: HandlerResponse): State {
    const stack = state.stacks[index];
    if (stack.waitsFor?.request !== request) {
      return state;
    }
    return withStack(state, stack, { ...stack, waitsFor: undefined, ...proceed(stack, command, response) });
  }

  private end(state: State, invocation: Invocation, succeeded: boolean): State {
    const { known: { start, event }, response } = invocation;
    assertKept(succeeded === !!response?.isConfirmed, 'every event gets a response');
    assertKept(state.time <= start + this.lambdaTimeout - 5 * SECOND, 'the function ends 5 s before Lambda ends it');
    const ended = withInvocation(state, invocation);
    if (succeeded) {
      return ended;
    }
    if ((event.failures ?? 0) < LAMBDA_RETRIES) {
      return { ...ended, retries: [...state.retries, event] };
    }
    this.count('events without a response');
    return this.abandon(ended, event);
  }

  /** All that can end what the invocation waits for, apart from the time. */
  private endWait(state: State, invocation: Invocation): PossibleStep[] {
    const { course: { pending }, hung } = invocation;
    if (pending === hung) {
      return [];
    }
    switch (pending.kind) {
      case 'call':
        return this.endCall(state, invocation);
      case 'put':
        return this.endPut(invocation);
      default:
        return [];
    }
  }

  private endPut(invocation: Invocation): PossibleStep[] {
    const { known: { event } } = invocation;
    const label = `${nameOf(event.stack)}  PUT`;
    return [
      { label, take: (next) => this.accept(next, invocation) },
      { label: `${label} (503)`, cost: 'putFault', take: (next) => this.resume(next, invocation, { at: next.time, response: 503 }) },
      { label: `${label} (no response)`, cost: 'putFault', take: (next) => withoutResponse(next, invocation) },
      {
        label: `${label} (accepted, no response)`,
        cost: 'putFault',
        take: (next) => withoutResponse(this.receive(next, event, JSON.parse(bodyOf(invocation))), invocation),
      },
    ];
  }

  // IAM.

  private endCall(state: State, invocation: Invocation): PossibleStep[] {
    const { action, request } = callOf(invocation);
    const label = `${nameOf(invocation.known.event.stack)}  ${action[0].toUpperCase()}${action.slice(1)}`;
    const isWrite = action !== 'getRole' && action !== 'getServiceLinkedRoleDeletionStatus';
    const iam = this.iamOf(state);
    const carryOut = (outcome: CallOutcome = {}) => (next: State) => this.carryOut(next, invocation, outcome);
    const fail = (error: Error) => (next: State) => this.resume(next, invocation, { at: next.time, error });
    return [
      { label, take: carryOut() },
      ...(state.budgets.olderState ? olderStates(state.time, action, iam) : []).map((asOf): PossibleStep => (
        { label: `${label} (the state before ${seconds(asOf + 1)})`, cost: 'olderState', take: carryOut({ asOf }) })),
      ...isWrite ? [{ label: `${label} (the response is lost)`, cost: 'lostResponse' as const, take: carryOut({ lostBy: 'error' }) }] : [],
      { label: `${label} (no response)`, cost: 'noResponse', take: (next) => withoutResponse(next, invocation) },
      { label: `${label} (carried out, no response)`, cost: 'noResponse', take: carryOut({ lostBy: 'hang' }) },
      ...Object.entries(ERRORS).map(([cost, error]): PossibleStep => ({
        label: `${label} (${error.$metadata.httpStatusCode})`,
        cost: cost as keyof typeof ERRORS,
        take: fail(error),
      })),
      ...hasSucceeded(iam, request) ? [{
        label: `${label} (the task is forgotten)`, cost: 'forgottenTask' as const, take: fail(sdkError('NoSuchEntity', 404)),
      }] : [],
    ];
  }

  private async carryOut(state: State, invocation: Invocation, { asOf, lostBy }: CallOutcome): Promise<State> {
    const { known } = invocation;
    const { action, request } = callOf(invocation);
    const { event: { stack, command } } = known;
    const { time: at, creators } = state;
    const iam = this.iamOf(state);
    if (iam.role && action === 'deleteServiceLinkedRole') {
      if (isUnguarded(known, iam.role) && !command.isCleanUp) {
        this.count('unguarded deletions');
        return this.resume(state, invocation, { at, error: noSuchRole() });
      }
      this.count('deletions');
      checkDeletion(known, iam.role, creators[iam.role.RoleId], state.stacks[stack]);
    }
    const result = resultOf(at, () => iam.carryOut(action, request, asOf));
    const isCreated = action === 'createServiceLinkedRole' && result.response !== undefined;
    const next = { ...state, iam: recent(iam.state, at), creators: isCreated ? { ...creators, [iam.role!.RoleId]: stack } : creators };
    switch (lostBy) {
      case 'hang':
        return withoutResponse(next, invocation);
      case 'error':
        return this.resume(next, invocation, { at, error: new Error('socket hang up') });
      default:
        return this.resume(next, invocation, result);
    }
  }

  private iamOf({ time, iam, inUseUntil }: State): IamModel {
    const model = new IamModel({ now: () => time }, iam);
    model.deletionPlan = () => inUseUntil === Infinity ? { duration: 0, failure: TASK_FAILURE } : {};
    return model;
  }

  private change(act: (iam: IamModel) => void): (state: State) => State {
    return (state) => {
      const iam = this.iamOf(state);
      act(iam);
      return { ...state, iam: recent(iam.state, state.time) };
    };
  }

  private endTask(state: State): PossibleStep[] {
    const end = (failure?: DeletionTaskFailureReasonType) => this.change((iam) => iam.endTask(failure));
    return this.iamOf(state).runningTask ? [
      { label: 'IAM  deletes the role', take: end() },
      { label: 'IAM  does not delete the role, because it is in use', cost: 'failedTask', take: end(TASK_FAILURE) },
    ] : [];
  }

  private others(state: State): PossibleStep[] {
    const { role } = this.iamOf(state);
    return [
      ...role ? [
        { label: 'others  delete the role', cost: 'othersDelete' as const, take: this.change((iam) => iam.deleteRole()) },
        { label: 'others  replace the role', cost: 'othersReplace' as const, take: this.change((iam) => iam.createRole({ Description: 'theirs' })) },
      ] : [
        { label: 'others  create the role', cost: 'othersCreate' as const, take: this.change((iam) => iam.createRole({ Description: 'theirs' })) },
      ],
      ...state.inUseUntil === Infinity ? [{
        label: 'others  delete the resources that use the role',
        cost: 'othersRelease' as const,
        take: (next: State): State => ({ ...next, inUseUntil: next.time }),
      }] : [],
      { label: 'others  create a regular role with the name', cost: 'regularRole', take: this.change((iam) => iam.createRole({ Path: '/' })) },
    ];
  }

  /** Time advances to the next timer, unless something must happen before. */
  private letTimePass(state: State): PossibleStep[] {
    const { time, invocations } = state;
    const until = Math.max(Math.min(...invocations.flatMap(({ course: { timers } }) => timers)), time);
    const calls = invocations.filter(({ course: { pending }, hung }) => pending.kind !== 'timer' && pending !== hung);
    const task = this.iamOf(state).runningTask;
    if (until === Infinity || calls.some(({ since }) => since + MAX_LATENCY < until) || (task && task.started + MAX_TASK_DURATION < until)) {
      return [];
    }
    return [{
      label: 'time passes',
      ...until > time && calls.length > 0 && { cost: 'latency' },
      take: async (next) => {
        let woken: State = { ...next, time: until, iam: recent(next.iam, until) };
        for (const invocation of woken.invocations.filter(({ course: { timers } }) => timers.some((at) => at <= until))) {
          woken = await this.resume(woken, invocation, { at: until });
        }
        return woken;
      },
    }];
  }
}

interface CallOutcome {
  readonly asOf?: number;
  readonly lostBy?: 'error' | 'hang';
}

function withStack(state: State, stack: ExploredStack, changed: ExploredStack): State {
  return { ...state, stacks: state.stacks.map((each) => each === stack ? changed : each) };
}

/** Without a changed one, the invocation has ended. */
function withInvocation(state: State, invocation: Invocation, changed?: Invocation): State {
  return { ...state, invocations: state.invocations.flatMap((each) => each === invocation ? changed ?? [] : each) };
}

/** The call or the PUT that the invocation waits for gets no response. */
function withoutResponse(state: State, invocation: Invocation): State {
  return withInvocation(state, invocation, { ...invocation, hung: invocation.course.pending });
}

/** What an invocation calls that waits for a call. */
function callOf({ course: { pending } }: Invocation): PendingCall {
  return pending as PendingCall;
}

/** What an invocation sends that waits for a PUT. */
function bodyOf({ course: { pending } }: Invocation): string {
  return (pending as PendingPut).body;
}

/** Whether the request is for the status of a deletion task that succeeded. */
function hasSucceeded(iam: IamModel, { DeletionTaskId }: { readonly DeletionTaskId?: string }): boolean {
  return iam.state.tasks.some(({ id, ended, failure }) => id === DeletionTaskId && ended !== undefined && !failure);
}

/** Without what no call can be shown any more. */
function recent({ history, tasks, roles }: Readonly<IamState>, time: number): IamState {
  const [latest] = history.filter(({ at }) => at <= time - MAX_LAG).slice(-1);
  return { history: [{ ...latest, at: 0 }, ...history.filter(({ at }) => at > time - MAX_LAG)], tasks, roles };
}

/** The earlier times whose state makes a difference to the call. */
function olderStates(time: number, action: Action, iam: IamModel): number[] {
  const { history, tasks } = iam.state;
  const shows = (asOf: number) => JSON.stringify(iam.roleAt(asOf));
  const changes = action === 'getServiceLinkedRoleDeletionStatus' ? tasks.flatMap(({ started, ended = Infinity }) => [started, ended]) : history.map(({ at }) => at);
  const times = changes.map((at) => at - 1).filter((asOf) => asOf >= time - MAX_LAG && asOf < time);
  switch (action) {
    case 'createServiceLinkedRole':
      return [];
    case 'updateRoleDescription':
    case 'deleteServiceLinkedRole':
      return times.filter((asOf) => shows(asOf) === undefined && shows(time) !== undefined).slice(0, 1);
    case 'getRole':
      return times.filter((asOf, index) => shows(asOf) !== shows(time) && times.findIndex((other) => shows(other) === shows(asOf)) === index);
    case 'getServiceLinkedRoleDeletionStatus':
      return [...new Set(times)];
  }
}

function resultOf(at: number, carryOut: () => object): Result {
  try {
    return { at, response: carryOut() };
  } catch (error) {
    return { at, error: error as Error };
  }
}
