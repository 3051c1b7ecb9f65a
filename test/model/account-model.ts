import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import { deploy, NO_STACK, type Outcome, receive, requestOf, type Stack } from './cloudformation';
import { type Model, type Step } from './explorer';
import { assertKept, checkDeletion, checkResponse, isUnguarded, type SentEvent } from './guarantees';
import { IamModel, type IamState, noSuchRole, sdkError } from './iam/iam-model';
import { SECOND, START } from './iam/simulated-clock';
import { type Course, type PendingCall, type PendingPut, type Result, startCourse } from './replayed-invocation';
import { type HandlerResponse, someEvent } from './simulation';
import type { Budgets, Fault, World } from './worlds';

/** How far reads lag behind at most. IAM documents no bound. */
const MAX_LAG = 10 * SECOND;
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
  readonly sent: SentEvent;
  readonly course: Course;
  /** The number of the wait that gets no response. */
  readonly hung?: number;
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

type Take = (state: State) => State | Promise<State>;

interface PossibleStep {
  readonly label: string;
  readonly cost?: Fault;
  readonly take: Take;
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
  private readonly starts = new Map<string, Promise<Course>>();

  constructor({ stacks, budgets, oldRole, inUse, lambdaTimeout = Infinity }: World) {
    const functionsTimeOut = lambdaTimeout < Infinity;
    const iam = new IamModel({ now: () => START });
    if (oldRole) {
      iam.createRole({ created: START - 24 * 3_600 * SECOND, Description: 'old' });
    }
    this.lambdaTimeout = lambdaTimeout;
    this.initial = {
      time: START,
      iam: recent(iam.state, START),
      creators: {},
      stacks: stacks.map((deployments) => ({ ...deploy(NO_STACK, deployments), eventCount: 0 })),
      invocations: [],
      delivered: [],
      retries: [],
      budgets,
      mayFail: functionsTimeOut,
      inUseUntil: inUse ? Infinity : 0,
    };
  }

  key = ({ iam, creators, stacks, invocations, delivered, retries, ...others }: State): string => JSON.stringify([
    { ...iam, tasks: iam.tasks.map(({ id, started, ended, failure }) => [id, started, ended, !failure]) },
    creators[iam.history.at(-1)!.role?.RoleId ?? ''],
    stacks.map(({ waitsFor, ...stack }) => [stack, waitsFor?.event.RequestId]),
    invocations.map(({ course, hung }) => `${course.number} ${hung === course.waits}`).sort(),
    [delivered, retries].map((events) => events.map(({ event, failures }) => [event.RequestId, failures])),
    others,
  ]);

  steps = (state: State): Step<State>[] => {
    const steps = [
      ...state.stacks.flatMap((stack) => this.send(state, stack)),
      ...state.delivered.map((event) => this.deliverAgain(event)),
      ...state.retries.map((event) => this.retry(event)),
      ...state.invocations.filter((invocation) => !isHung(invocation)).flatMap((invocation) => this.endWait(state, invocation)),
      ...this.endTask(state),
      ...this.others(state),
      ...this.letTimePass(state),
    ].filter(({ cost }) => !cost || state.budgets[cost]).map(({ label, cost, take }) => ({
      label: `${seconds(state.time)}  ${label}`,
      isFault: cost !== undefined,
      take: () => {
        if (!cost) {
          return take(state);
        }
        this.count(cost);
        const budgets = { ...state.budgets, [cost]: state.budgets[cost]! - 1 };
        return take({ ...state, budgets, mayFail: state.mayFail || EXCUSES.includes(cost) });
      },
    }));
    assertKept(steps.length > 0 || !state.stacks.some(({ waitsFor }) => waitsFor), 'every event gets a response');
    return steps;
  };

  private count(name: string): void {
    this.reached[name] = (this.reached[name] ?? 0) + 1;
  }

  // CloudFormation and Lambda.

  private send(state: State, stack: ExploredStack): PossibleStep[] {
    const index = state.stacks.indexOf(stack);
    const name = nameOf(index);
    const { waitsFor } = stack;
    if (waitsFor) {
      // For a Create with rollback, this is also what follows when the user deletes the stack.
      const label = `${name}  CloudFormation stops waiting for a response to ${waitsFor.request.type}`;
      return [{ label, cost: 'abandonedEvent', take: (next) => this.abandon(next, waitsFor) }];
    }
    const request = requestOf(stack);
    if (!request) {
      return [];
    }
    const { type, physicalId: id, properties } = request;
    const stackId = `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1`;
    const event = { ...someEvent(type, { id, stackId, ...properties }), RequestId: `${name}${stack.eventCount}` };
    const sent = { stack: index, request, event };
    return [{
      label: `${name}  ${type} ${id ?? ''}`.trimEnd(),
      take: (next) => this.invoke({
        ...withStack(next, stack, { ...stack, waitsFor: sent, eventCount: stack.eventCount + 1 }),
        delivered: next.budgets.secondDelivery ? [...next.delivered, sent] : [],
      }, sent),
    }];
  }

  /** CloudFormation fails an event to which it got no response. */
  private abandon(state: State, sent: SentEvent): State {
    return this.receive(state, sent, { succeeded: false, physicalId: sent.request.physicalId ?? GENERATED_ID });
  }

  private deliverAgain(sent: SentEvent): PossibleStep {
    return {
      label: `${nameOf(sent.stack)}  ${sent.request.type} is delivered again`,
      cost: 'secondDelivery',
      take: (next) => this.invoke({ ...next, delivered: next.budgets.secondDelivery ? next.delivered : [] }, sent),
    };
  }

  private retry(sent: SentEvent): PossibleStep {
    return {
      label: `${nameOf(sent.stack)}  Lambda retries ${sent.request.type}`,
      take: (next) => {
        this.count('retries');
        const retries = next.retries.filter((other) => other !== sent);
        return this.invoke({ ...next, retries }, { ...sent, failures: (sent.failures ?? 0) + 1 });
      },
    };
  }

  private async invoke(state: State, sent: SentEvent): Promise<State> {
    const start = { event: sent.event, at: state.time, lambdaTimeout: this.lambdaTimeout };
    const key = JSON.stringify(start);
    const course = this.starts.get(key) ?? startCourse(start);
    this.starts.set(key, course);
    const invocation = { sent, course: await course };
    return this.handlePending({ ...state, invocations: [...state.invocations, invocation] }, invocation);
  }

  /** The invocation continues with the result of what it waited for. */
  private async resume(state: State, invocation: Invocation, result: Result): Promise<State> {
    const continued = { ...invocation, course: await invocation.course.next(result) };
    const next = withInvocation(state, invocation, continued);
    const isWaitOver = continued.course.waits > invocation.course.waits; // Otherwise, a time-out that no longer mattered ended.
    return isWaitOver ? this.handlePending(next, continued) : next;
  }

  /** What happens at once when the invocation sends its response or ends. Calls and timers wait for a step. */
  private handlePending(state: State, invocation: Invocation): State | Promise<State> {
    const { course: { pending } } = invocation;
    switch (pending.kind) {
      case 'put':
        return this.sendResponse(state, invocation, pending);
      case 'end':
        return this.end(state, invocation, pending.succeeded);
      default:
        return state;
    }
  }

  private sendResponse(state: State, invocation: Invocation, put: PendingPut): State | Promise<State> {
    const { sent, course: { start, puts } } = invocation;
    const { body } = put;
    assertKept(puts.every((earlier) => earlier.body === body && earlier.status !== 200), 'an event gets one response');
    if (puts.length === 0) {
      assertKept(state.time <= start + Math.max(this.lambdaTimeout - 20 * SECOND, 0), 'the handler responds 20 s before Lambda ends the function');
      assertKept(Buffer.byteLength(body) <= 4096, 'a response has at most 4,096 bytes');
      const response: HandlerResponse = JSON.parse(body);
      const { role } = this.iamOf(state);
      checkResponse(sent, invocation.course, response, { ...state, role, creator: role && state.creators[role.RoleId] });
      Object.entries(RESPONSES).filter(([, is]) => is(response)).forEach(([name]) => this.count(name));
    }
    return state.budgets.putFault ? state : this.accept(state, invocation, put);
  }

  private accept(state: State, invocation: Invocation, { body }: PendingPut): Promise<State> {
    return this.resume(this.receive(state, invocation.sent, outcomeOf(body)), invocation, { at: state.time, response: 200 });
  }

  /** CloudFormation accepts the first response to an event. */
  private receive(state: State, sent: SentEvent, outcome: Outcome): State {
    const stack = state.stacks[sent.stack];
    return stack.waitsFor?.event === sent.event ? withStack(state, stack, { ...stack, ...receive(stack, outcome), waitsFor: undefined }) : state;
  }

  private end(state: State, invocation: Invocation, succeeded: boolean): State {
    const { sent, course: { start, puts } } = invocation;
    assertKept(succeeded === (puts.at(-1)?.status === 200), 'every event gets a response');
    assertKept(state.time <= start + this.lambdaTimeout - 5 * SECOND, 'the function ends 5 s before Lambda ends it');
    const ended = withInvocation(state, invocation);
    if (succeeded) {
      return ended;
    }
    if ((sent.failures ?? 0) < LAMBDA_RETRIES) {
      return { ...ended, retries: [...state.retries, sent] };
    }
    this.count('events without a response');
    return this.abandon(ended, sent);
  }

  /** All that can end what the invocation waits for, apart from the time. */
  private endWait(state: State, invocation: Invocation): PossibleStep[] {
    const { course: { pending } } = invocation;
    switch (pending.kind) {
      case 'call':
        return this.endCall(state, invocation, pending);
      case 'put':
        return this.endPut(invocation, pending);
      default:
        return [];
    }
  }

  private endPut(invocation: Invocation, put: PendingPut): PossibleStep[] {
    const { sent } = invocation;
    const label = `${nameOf(sent.stack)}  PUT`;
    const fault = (name: string, take: Take): PossibleStep => ({ label: `${label} (${name})`, cost: 'putFault', take });
    return [
      { label, take: (next) => this.accept(next, invocation, put) },
      fault('503', (next) => this.resume(next, invocation, { at: next.time, response: 503 })),
      fault('no response', (next) => withoutResponse(next, invocation)),
      fault('accepted, no response', (next) => withoutResponse(this.receive(next, sent, outcomeOf(put.body)), invocation)),
    ];
  }

  // IAM.

  private endCall(state: State, invocation: Invocation, call: PendingCall): PossibleStep[] {
    const { action, request } = call;
    const label = `${nameOf(invocation.sent.stack)}  ${action[0].toUpperCase()}${action.slice(1)}`;
    const fault = (cost: Fault, name: string | number, take: Take): PossibleStep => ({ label: `${label} (${name})`, cost, take });
    const fail = (error: Error): Take => (next) => this.resume(next, invocation, { at: next.time, error });
    const carryOut = (asOf?: number): Take => (next) => {
      const [after, result] = this.carryOut(next, invocation, call, asOf);
      return this.resume(after, invocation, result);
    };
    const carriedOut = (next: State) => this.carryOut(next, invocation, call)[0];

    const isWrite = action !== 'getRole' && action !== 'getServiceLinkedRoleDeletionStatus';
    const { DeletionTaskId } = request as { readonly DeletionTaskId?: string };
    const hasDeleted = state.iam.tasks.some(({ id, ended, failure }) => id === DeletionTaskId && ended !== undefined && !failure);
    return [
      { label, take: carryOut() },
      ...(state.budgets.olderState ? this.olderStates(state, call) : []).map((asOf) =>
        fault('olderState', `the state before ${seconds(asOf + 1)}`, carryOut(asOf))),
      ...isWrite ? [fault('lostResponse', 'the response is lost', (next) => fail(new Error('socket hang up'))(carriedOut(next)))] : [],
      fault('noResponse', 'no response', (next) => withoutResponse(next, invocation)),
      fault('noResponse', 'carried out, no response', (next) => withoutResponse(carriedOut(next), invocation)),
      ...Object.entries(ERRORS).map(([cost, error]) => fault(cost as keyof typeof ERRORS, error.$metadata.httpStatusCode, fail(error))),
      ...hasDeleted ? [fault('forgottenTask', 'the task is forgotten', fail(sdkError('NoSuchEntity', 404)))] : [],
    ];
  }

  /** Returns the account after the call, and IAM's response. */
  private carryOut(state: State, { sent, course }: Invocation, { action, request }: PendingCall, asOf?: number): [State, Result] {
    const { time: at, creators } = state;
    const iam = this.iamOf(state);
    if (iam.role && action === 'deleteServiceLinkedRole') {
      if (isUnguarded(course, iam.role) && !sent.request.isCleanUp) {
        this.count('unguarded deletions');
        return [state, { at, error: noSuchRole() }];
      }
      this.count('deletions');
      checkDeletion(sent, iam.role, creators[iam.role.RoleId], state.stacks[sent.stack]);
    }
    const result = resultOf(at, () => iam.carryOut(action, request, asOf));
    const isCreated = action === 'createServiceLinkedRole' && result.response !== undefined;
    const creator = isCreated && { [iam.role!.RoleId]: sent.stack };
    return [{ ...state, iam: recent(iam.state, at), creators: { ...creators, ...creator } }, result];
  }

  /** The earlier times whose state makes IAM respond differently, the first with each response. */
  private olderStates(state: State, { action, request }: PendingCall): number[] {
    const { time, iam: { history, tasks } } = state;
    const changes = [...history.map(({ at }) => at), ...tasks.flatMap(({ started, ended = Infinity }) => [started, ended])];
    const times = changes.map((at) => at - 1).filter((asOf) => asOf >= time - MAX_LAG && asOf < time);
    const timeOf = new Map<string, number>();
    for (const asOf of [time, ...times]) {
      const response = JSON.stringify(resultOf(time, () => this.iamOf(state).carryOut(action, request, asOf)));
      timeOf.set(response, timeOf.get(response) ?? asOf);
    }
    return [...timeOf.values()].filter((asOf) => asOf < time);
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
    const step = (cost: Fault, label: string, take: Take): PossibleStep => ({ label: `others  ${label}`, cost, take });
    const create = this.change((iam) => iam.createRole({ Description: 'theirs' }));
    return [
      ...this.iamOf(state).role ? [
        step('othersDelete', 'delete the role', this.change((iam) => iam.deleteRole())),
        step('othersReplace', 'replace the role', create),
      ] : [
        step('othersCreate', 'create the role', create),
      ],
      ...state.inUseUntil === Infinity ? [
        step('othersRelease', 'delete the resources that use the role', (next) => ({ ...next, inUseUntil: next.time })),
      ] : [],
      step('regularRole', 'create a regular role with the name', this.change((iam) => iam.createRole({ Path: '/' }))),
    ];
  }

  /** Time advances to the next timer, unless something must happen before. */
  private letTimePass(state: State): PossibleStep[] {
    const { time, invocations } = state;
    const until = Math.max(Math.min(...invocations.flatMap(({ course: { timers } }) => timers)), time);
    const calls = invocations.filter((invocation) => invocation.course.pending.kind !== 'timer' && !isHung(invocation));
    const task = this.iamOf(state).runningTask;
    const isBlocked = calls.some(({ course }) => course.since + MAX_LATENCY < until) || (task && task.started + MAX_TASK_DURATION < until);
    if (until === Infinity || isBlocked) {
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

function withStack(state: State, stack: ExploredStack, changed: ExploredStack): State {
  return { ...state, stacks: state.stacks.map((each) => each === stack ? changed : each) };
}

/** Without a changed one, the invocation has ended. */
function withInvocation(state: State, invocation: Invocation, changed?: Invocation): State {
  return { ...state, invocations: state.invocations.flatMap((each) => each === invocation ? changed ?? [] : each) };
}

/** The call or the PUT that the invocation waits for gets no response. */
function withoutResponse(state: State, invocation: Invocation): State {
  return withInvocation(state, invocation, { ...invocation, hung: invocation.course.waits });
}

function isHung({ course, hung }: Invocation): boolean {
  return course.waits === hung;
}

/** What CloudFormation makes of a response. */
function outcomeOf(body: string): Outcome {
  const { Status, PhysicalResourceId, Data }: HandlerResponse = JSON.parse(body);
  return { succeeded: Status === 'SUCCESS', physicalId: PhysicalResourceId, roleId: Data?.RoleId };
}

/** Without what no call can be shown any more. */
function recent({ history, tasks, roles }: Readonly<IamState>, time: number): IamState {
  const [latest] = history.filter(({ at }) => at <= time - MAX_LAG).slice(-1);
  return { history: [{ ...latest, at: 0 }, ...history.filter(({ at }) => at > time - MAX_LAG)], tasks, roles };
}

function resultOf(at: number, carryOut: () => object): Result {
  try {
    return { at, response: carryOut() };
  } catch (error) {
    return { at, error: error as Error };
  }
}
