import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import { type Model, type Step } from './exploration';
import { Course, type Pending, type Respond, type Result } from './handler-process';
import { checkDeletion, checkResponse, isUnguarded, type Known, knownAfter, MAX_LAG, promise, type SentEvent } from './promises';
import { type HandlerResponse, someEvent } from './simulation';
import { proceed, remove, type Stack } from './stack';
import type { Budgets, Fault, World } from './worlds';
import { type Action, IamModel, type IamState, noSuchRole, sdkError } from '../iam/iam-model';
import { SECOND, START } from '../iam/simulated-clock';

/** A call that waits for longer times out. */
const MAX_LATENCY = 9 * SECOND;
const MAX_TASK_DURATION = 4 * SECOND;
/** Lambda invokes a function that failed again, at most so often. */
const LAMBDA_RETRIES = 2;
/** The physical ID that CloudFormation makes up for a Create without a response. */
const UNKNOWN_ID = 'S-Role-1ABC';

interface ExploredStack extends Stack {
  readonly waitsFor?: SentEvent;
  readonly sent: number;
}

interface Invocation {
  readonly course: Course;
  readonly known: Known;
  /** When it began to wait. */
  readonly since: number;
  /** What gets no response. */
  readonly hung?: Pending;
  /** The response that it sent. */
  readonly sent?: { readonly body: string; readonly isConfirmed: boolean };
}

interface State {
  readonly time: number;
  readonly iam: Readonly<IamState>;
  /** By RoleId. */
  readonly creators: Readonly<Record<string, number>>;
  readonly stacks: readonly ExploredStack[];
  readonly invocations: readonly Invocation[];
  /** Those that Lambda can deliver again. */
  readonly delivered: readonly SentEvent[];
  /** Those that Lambda does deliver again. */
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
  private readonly starts = new Map<string, Course | Promise<Course>>();

  constructor(private readonly handler: Respond, private readonly world: World) {
    const { stacks, budgets = {}, oldRole, inUse, lambdaTimeout } = world;
    const iam = new IamModel({ now: () => START });
    if (oldRole) {
      iam.createRole({ created: START - 24 * 3_600 * SECOND, Description: 'old' });
    }
    this.initial = {
      time: START,
      iam: { ...iam.state, history: [{ ...iam.state.history.at(-1)!, at: 0 }] },
      creators: {},
      stacks: stacks.map((commands) => ({ commands, physicalId: '', sent: 0 })),
      invocations: [],
      delivered: [],
      retries: [],
      budgets,
      mayFail: lambdaTimeout !== undefined,
      inUseUntil: inUse ? Infinity : 0,
    };
  }

  key = ({ time, iam, creators, stacks, invocations, delivered, retries, budgets, mayFail, inUseUntil }: State): string => JSON.stringify([
    time,
    iam,
    creators[iam.history.at(-1)!.role?.RoleId ?? ''],
    stacks.map(({ waitsFor, ...stack }) => [stack, waitsFor?.request.RequestId]),
    invocations.map(({ course, hung }) => `${course.number} ${hung === course.pending}`).sort(),
    [delivered, retries].map((events) => events.map(({ request }) => request.RequestId)),
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
    promise(steps.length > 0 || !state.stacks.some(({ waitsFor }) => waitsFor), 'every event gets a response');
    return steps;
  };

  private count(name: string): void {
    this.reached[name] = (this.reached[name] ?? 0) + 1;
  }

  // CloudFormation and Lambda.

  private send(state: State, current: ExploredStack): PossibleStep[] {
    const { commands: [command, ...commands], physicalId, waitsFor, sent, ...stack } = current;
    const index = state.stacks.indexOf(current);
    if (waitsFor) {
      return waitsFor.command.type === 'Create' ? [this.deleteEarly(current, waitsFor)] : [];
    }
    if (!command) {
      return [];
    }
    const stackId = `arn:aws:cloudformation:us-east-1:123456789012:stack/${nameOf(index)}${command.isMoved ? '-moved' : ''}/1`;
    const request = {
      ...someEvent(command.type, { id: command.physicalId ?? physicalId, stackId, ...command.properties }),
      RequestId: `${nameOf(index)}${sent}`,
    };
    const event = { stack: index, command, request };
    const sending = { ...stack, commands, physicalId, waitsFor: event, sent: sent + 1 };
    return [{
      label: `${nameOf(index)}  ${command.type} ${command.physicalId ?? physicalId}`.trimEnd(),
      take: (next) => this.invoke({
        ...next,
        stacks: exchange(next.stacks, current, sending),
        delivered: next.budgets.secondDelivery ? [...next.delivered, event] : [],
      }, event),
    }];
  }

  private deleteEarly(stack: ExploredStack, { stack: index, command }: SentEvent): PossibleStep {
    const deletion = { ...remove(command.properties), physicalId: UNKNOWN_ID };
    return {
      label: `${nameOf(index)}  the user deletes the stack`,
      cost: 'earlyDeletion',
      take: (next) => ({ ...next, stacks: exchange(next.stacks, stack, { ...stack, commands: [deletion], waitsFor: undefined }) }),
    };
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
        return this.invoke({ ...next, retries: exchange(next.retries, event) }, { ...event, failures: (event.failures ?? 0) + 1 });
      },
    };
  }

  private async invoke(state: State, event: SentEvent): Promise<State> {
    const { handler, world: { lambdaTimeout: timeout } } = this;
    const key = `${state.time} ${JSON.stringify(event.request)}`;
    const course = await (this.starts.get(key) ?? Course.start({ handler, event: event.request, at: state.time, timeout }));
    this.starts.set(key, course);
    const invocation = { course, known: { event, start: state.time }, since: state.time };
    return this.arrive({ ...state, invocations: [...state.invocations, invocation] }, invocation);
  }

  private async goOn(state: State, invocation: Invocation, result: Result): Promise<State> {
    const { course: { pending }, known, sent } = invocation;
    const course = await invocation.course.next(result);
    if (course.pending === pending) { // Only a time-out that no longer mattered ended.
      return { ...state, invocations: exchange(state.invocations, invocation, { ...invocation, course }) };
    }
    const continued = {
      course,
      known: pending.kind === 'call' ? knownAfter(known, pending.action, result.at, result.response) : known,
      since: state.time,
      sent: sent && { ...sent, isConfirmed: pending.kind === 'put' && result.response === 200 },
    };
    return this.arrive({ ...state, invocations: exchange(state.invocations, invocation, continued) }, continued);
  }

  /** At what the invocation waits for now. */
  private arrive(state: State, invocation: Invocation): State | Promise<State> {
    const { course: { pending } } = invocation;
    switch (pending.kind) {
      case 'put':
        return this.sendResponse(state, invocation, pending.body);
      case 'end':
        return this.end(state, invocation, pending.succeeded);
      default:
        return state;
    }
  }

  private sendResponse(state: State, invocation: Invocation, body: string): State | Promise<State> {
    const { known, sent } = invocation;
    const { lambdaTimeout = Infinity } = this.world;
    promise(!sent || (sent.body === body && !sent.isConfirmed), 'an event gets one response');
    if (!sent) {
      promise(state.time <= known.start + Math.max(lambdaTimeout - 20 * SECOND, 0), 'the handler responds 20 s before Lambda ends the function');
      promise(Buffer.byteLength(body) <= 4096, 'a response has at most 4,096 bytes');
      this.checkResponse(state, known, JSON.parse(body));
    }
    const sending = { ...invocation, sent: { body, isConfirmed: false } };
    const next = { ...state, invocations: exchange(state.invocations, invocation, sending) };
    return state.budgets.putFault ? next : this.accept(next, sending, body);
  }

  private checkResponse(state: State, known: Known, response: HandlerResponse): void {
    const { role } = this.iamOf(state);
    checkResponse(known, response, { ...state, role, creator: role && state.creators[role.RoleId] });
    Object.entries(RESPONSES).filter(([, is]) => is(response)).forEach(([name]) => this.count(name));
  }

  private accept(state: State, invocation: Invocation, body: string): Promise<State> {
    const received = this.receive(state, invocation.known.event, JSON.parse(body));
    return this.goOn(received, invocation, { at: state.time, response: 200 });
  }

  /** CloudFormation takes the first response to an event. */
  private receive(state: State, { command, request, stack: index }: SentEvent, response: HandlerResponse): State {
    const stack = state.stacks[index];
    if (stack.waitsFor?.request !== request) {
      return state;
    }
    return { ...state, stacks: exchange(state.stacks, stack, { ...stack, waitsFor: undefined, ...proceed(stack, command, response) }) };
  }

  private end(state: State, invocation: Invocation, succeeded: boolean): State {
    const { known: { start, event }, sent } = invocation;
    const { lambdaTimeout = Infinity } = this.world;
    const { failures = 0, command: { physicalId = state.stacks[event.stack].physicalId || UNKNOWN_ID } } = event;
    promise(succeeded === !!sent?.isConfirmed, 'every event gets a response');
    promise(state.time <= start + lambdaTimeout - 5 * SECOND, 'the function ends 5 s before Lambda ends it');
    const ended = { ...state, invocations: exchange(state.invocations, invocation) };
    if (succeeded) {
      return ended;
    }
    if (failures < LAMBDA_RETRIES) {
      return { ...ended, retries: [...state.retries, event] };
    }
    this.count('events without a response');
    return this.receive(ended, event, { Status: 'FAILED', PhysicalResourceId: physicalId });
  }

  /** All that can end what the invocation waits for, apart from the time. */
  private endWait(state: State, invocation: Invocation): PossibleStep[] {
    const { course: { pending }, hung, known } = invocation;
    const name = nameOf(known.event.stack);
    if (pending === hung) {
      return [];
    }
    switch (pending.kind) {
      case 'call':
        return this.endCall(state, invocation, pending.action, pending.request, name);
      case 'put':
        return this.endPut(invocation, pending.body, name);
      default:
        return [];
    }
  }

  private hang(state: State, invocation: Invocation): State {
    return { ...state, invocations: exchange(state.invocations, invocation, { ...invocation, hung: invocation.course.pending }) };
  }

  private endPut(invocation: Invocation, body: string, name: string): PossibleStep[] {
    const { known: { event } } = invocation;
    return [
      { label: `${name}  PUT`, take: (next) => this.accept(next, invocation, body) },
      { label: `${name}  PUT (503)`, cost: 'putFault', take: (next) => this.goOn(next, invocation, { at: next.time, response: 503 }) },
      { label: `${name}  PUT (no response)`, cost: 'putFault', take: (next) => this.hang(next, invocation) },
      {
        label: `${name}  PUT (accepted, no response)`,
        cost: 'putFault',
        take: (next) => this.hang(this.receive(next, event, JSON.parse(body)), invocation),
      },
    ];
  }

  // IAM.

  private endCall(state: State, invocation: Invocation, action: Action, request: never, name: string): PossibleStep[] {
    const label = `${name}  ${action[0].toUpperCase()}${action.slice(1)}`;
    const isWrite = action !== 'getRole' && action !== 'getServiceLinkedRoleDeletionStatus';
    const carryOut = (outcome: CallOutcome = {}) => (next: State) => this.carryOut(next, invocation, action, request, outcome);
    return [
      { label, take: carryOut() },
      ...(state.budgets.olderState ? olderStates(state.time, action, this.iamOf(state)) : []).map((asOf): PossibleStep => (
        { label: `${label} (the state before ${seconds(asOf + 1)})`, cost: 'olderState', take: carryOut({ asOf }) })),
      ...isWrite ? [{ label: `${label} (the response is lost)`, cost: 'lostResponse' as const, take: carryOut({ lostBy: 'error' }) }] : [],
      { label: `${label} (no response)`, cost: 'noResponse', take: (next) => this.hang(next, invocation) },
      { label: `${label} (carried out, no response)`, cost: 'noResponse', take: carryOut({ lostBy: 'hang' }) },
      ...Object.entries(ERRORS).map(([cost, error]): PossibleStep => ({
        label: `${label} (${error.$metadata.httpStatusCode})`,
        cost: cost as keyof typeof ERRORS,
        take: (next) => this.goOn(next, invocation, { at: next.time, error }),
      })),
    ];
  }

  private async carryOut(
    state: State, invocation: Invocation, action: Action, request: never, { asOf, lostBy }: CallOutcome,
  ): Promise<State> {
    const { known } = invocation;
    const { event: { stack, command } } = known;
    const { time: at, creators } = state;
    const iam = this.iamOf(state);
    if (iam.role && action === 'deleteServiceLinkedRole') {
      if (isUnguarded(known, iam.role) && !command.isCleanUp) {
        this.count('unguarded deletions');
        return this.goOn(state, invocation, { at, error: noSuchRole() });
      }
      this.count('deletions');
      checkDeletion(known, iam.role, creators[iam.role.RoleId], state.stacks[stack]);
    }
    const result = resultOf(at, () => iam.carryOut(action, request, asOf));
    const isCreated = action === 'createServiceLinkedRole' && result.response !== undefined;
    const next = { ...state, iam: recent(iam.state, at), creators: isCreated ? { ...creators, [iam.role!.RoleId]: stack } : creators };
    switch (lostBy) {
      case 'hang':
        return this.hang(next, invocation);
      case 'error':
        return this.goOn(next, invocation, { at, error: new Error('socket hang up') });
      default:
        return this.goOn(next, invocation, result);
    }
  }

  private get taskFailure(): DeletionTaskFailureReasonType {
    return this.world.taskFailure ?? { Reason: 'in use' };
  }

  private iamOf({ time, iam, inUseUntil }: State): IamModel {
    const model = new IamModel({ now: () => time }, iam);
    model.deletionPlan = () => inUseUntil === Infinity ? { duration: 0, failure: this.taskFailure } : {};
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
      { label: 'IAM  does not delete the role, because it is in use', cost: 'failedTask', take: end(this.taskFailure) },
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

  /** Time goes on to the next timer, unless something must happen before. */
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
          woken = await this.goOn(woken, invocation, { at: until });
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

/** With other items in place of one. */
function exchange<T>(items: readonly T[], item: T, ...others: readonly T[]): T[] {
  return items.flatMap((each) => each === item ? others : each);
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
