import { type Model, type Step, Violation } from './exploration';
import { Course, type Respond, type Result } from './handler-process';
import { checkDeletion, checkResponse, isUnguarded, type Known, knownAfter, MAX_LAG, promise, type SentEvent } from './promises';
import { type HandlerResponse, someEvent } from './simulation';
import { type Command, proceed, type Stack } from './stack';
import { type Action, IamModel, type IamState, noSuchRole, sdkError } from '../iam/iam-model';
import { SECOND, START } from '../iam/simulated-clock';

/** A call that waits for longer times out. The handler then goes on as after a lost response. */
const MAX_LATENCY = 9 * SECOND;
const MAX_TASK_DURATION = 4 * SECOND;

/** How often each of these happens, at most. */
export interface Budgets {
  /** A read shows an older state, or a write does not find a role that is new. */
  readonly olderState?: number;
  /** A write is carried out, and its response is lost. */
  readonly lostResponse?: number;
  readonly error500?: number;
  readonly error403?: number;
  /** An error that no retry mends. */
  readonly refusal?: number;
  /** IAM does not delete the role, because resources used it when it checked. */
  readonly failedTask?: number;
  /** Time passes while a call is in progress. */
  readonly latency?: number;
  readonly secondDelivery?: number;
  readonly othersCreate?: number;
  readonly othersDelete?: number;
  readonly othersReplace?: number;
  /** A regular role takes the name, also in place of the role. */
  readonly regularRole?: number;
}
type Fault = keyof Budgets;

export interface World {
  readonly stacks: readonly (readonly Command[])[];
  readonly budgets?: Budgets;
  /** Whether the account has had the role for a day. */
  readonly oldRole?: boolean;
  /** Whether resources use the role. Others delete them at any time, or not at all. */
  readonly inUse?: boolean;
}

interface ExploredStack extends Stack {
  readonly waitsFor?: SentEvent;
  readonly sent: number;
}

interface Invocation {
  readonly course: Course;
  readonly known: Known;
  /** When it began to wait. */
  readonly since: number;
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
  readonly budgets: Budgets;
  /** An event may fail for a reason that is none of the other stacks. */
  readonly mayFail: boolean;
  /** Until when resources use the role. */
  readonly inUseUntil: number;
}

/** Counts, over all steps that the explorer tries. */
export interface Reached {
  deletions: number;
  /** The window that IAM leaves open; see docs/guarantees.md. */
  unguarded: number;
}

const seconds = (time: number) => `${(time - START) / SECOND} s`;
const nameOf = (stack: number) => String.fromCharCode('A'.charCodeAt(0) + stack);

/** An account: IAM, CloudFormation with its stacks, Lambda, and others who change the role. */
export class AccountModel implements Model<State> {
  readonly reached: Reached = { deletions: 0, unguarded: 0 };
  readonly initial: State;
  private readonly starts = new Map<string, Course | Promise<Course>>();

  constructor(private readonly handler: Respond, { stacks, budgets = {}, oldRole, inUse }: World) {
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
      budgets,
      mayFail: false,
      inUseUntil: inUse ? Infinity : 0,
    };
  }

  key = ({ time, iam, creators, stacks, invocations, delivered, budgets, mayFail, inUseUntil }: State): string => JSON.stringify([
    time,
    iam,
    creators[iam.history.at(-1)!.role?.RoleId ?? ''],
    stacks.map(({ waitsFor, ...stack }) => [stack, waitsFor?.request.RequestId]),
    invocations.map(({ course }) => course.number).sort(),
    delivered.map(({ request }) => request.RequestId),
    budgets,
    mayFail,
    inUseUntil,
  ]);

  steps = (state: State): Step<State>[] => {
    const steps = [
      ...state.stacks.flatMap((stack, index) => this.send(stack, index)),
      ...state.delivered.map((event) => this.deliverAgain(state, event)),
      ...state.invocations.flatMap((invocation) => this.carryOut(state, invocation)),
      ...this.endTask(state),
      ...this.others(state),
      ...this.letTimePass(state),
    ].filter(({ cost }) => !cost || state.budgets[cost]).map(({ label, cost, excuses, take }) => ({
      label: `${seconds(state.time)}  ${label}`,
      take: () => take({
        ...state,
        ...cost && { budgets: { ...state.budgets, [cost]: state.budgets[cost]! - 1 } },
        mayFail: state.mayFail || !!excuses,
      }),
    }));
    if (steps.length === 0 && state.stacks.some(({ waitsFor }) => waitsFor)) {
      throw new Violation('every event gets a response');
    }
    return steps;
  };

  // CloudFormation and Lambda.

  private send({ commands: [command, ...commands], physicalId, waitsFor, sent, ...stack }: ExploredStack, index: number): PossibleStep[] {
    if (!command || waitsFor) {
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
        stacks: replaced(next.stacks, index, sending),
        delivered: next.budgets.secondDelivery ? [...next.delivered, event] : [],
      }, event),
    }];
  }

  private deliverAgain({ delivered }: State, event: SentEvent): PossibleStep {
    return {
      label: `${nameOf(event.stack)}  ${event.command.type} is delivered again`,
      cost: 'secondDelivery',
      take: (next) => this.invoke({ ...next, delivered: next.budgets.secondDelivery ? delivered : [] }, event),
    };
  }

  private async invoke(state: State, event: SentEvent): Promise<State> {
    const key = `${state.time} ${JSON.stringify(event.request)}`;
    const course = await (this.starts.get(key) ?? Course.start(this.handler, event.request, state.time));
    this.starts.set(key, course);
    const invocation = { course, known: { event, start: state.time }, since: state.time };
    return this.respond({ ...state, invocations: [...state.invocations, invocation] }, invocation, []);
  }

  /** What the handler sent since it was at `before`. */
  private respond(state: State, invocation: Invocation, before: readonly string[]): State {
    const { course: { responses, pending }, known } = invocation;
    const invocations = pending.kind === 'nothing' ? state.invocations.filter((other) => other !== invocation) : state.invocations;
    if (responses.length === before.length) {
      return { ...state, invocations };
    }
    promise(responses.length === 1, 'an event gets one response');
    const response: HandlerResponse = JSON.parse(responses[0]);
    const { role } = iamOf(state);
    checkResponse(known, response, { ...state, role, creator: role && state.creators[role.RoleId] });
    const { event } = known;
    const stack = state.stacks[event.stack];
    if (stack.waitsFor !== event) {
      return { ...state, invocations };
    }
    const proceeded = { ...stack, waitsFor: undefined, ...proceed(stack, event.command, response) };
    return { ...state, invocations, stacks: replaced(state.stacks, event.stack, proceeded) };
  }

  // IAM.

  private carryOut(state: State, invocation: Invocation): PossibleStep[] {
    const { pending } = invocation.course;
    if (pending.kind !== 'call') {
      return [];
    }
    const { action } = pending;
    const { budgets } = state;
    const label = `${nameOf(invocation.known.event.stack)}  ${action[0].toUpperCase()}${action.slice(1)}`;
    const call = (fault?: Fault, asOf?: number) => (next: State) => this.call(next, invocation, fault, asOf);
    const isWrite = action !== 'getRole' && action !== 'getServiceLinkedRoleDeletionStatus';
    return [
      { label, take: call() },
      ...(budgets.olderState ? this.olderStates(state, action) : []).map((asOf): PossibleStep => (
        { label: `${label} (the state before ${seconds(asOf + 1)})`, cost: 'olderState', take: call('olderState', asOf) })),
      ...isWrite ? [{ label: `${label} (the response is lost)`, cost: 'lostResponse' as const, take: call('lostResponse') }] : [],
      { label: `${label} (500)`, cost: 'error500', take: call('error500') },
      { label: `${label} (403)`, cost: 'error403', take: call('error403') },
      { label: `${label} (refused)`, cost: 'refusal', excuses: true, take: call('refusal') },
    ];
  }

  /** The earlier times whose state makes a difference to the call. */
  private olderStates({ iam: { history, tasks }, time }: State, action: Action): number[] {
    const shows = (asOf: number) => JSON.stringify([...history].reverse().find(({ at }) => at <= asOf)!.role);
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

  private async call(state: State, invocation: Invocation, fault?: Fault, asOf?: number): Promise<State> {
    const { action, request } = invocation.course.pending as Extract<Course['pending'], { kind: 'call' }>;
    const iam = iamOf(state);
    const result = this.resultOf(state, invocation, () => iam.carryOut(action, request as never, asOf), fault);
    const created = iam.role && !(iam.role.RoleId in state.creators) && action === 'createServiceLinkedRole' ? { [iam.role.RoleId]: invocation.known.event.stack } : {};
    return this.goOn({ ...state, iam: recent(iam.state, state.time), creators: { ...state.creators, ...created } }, invocation, result);
  }

  private resultOf(state: State, invocation: Invocation, carryOut: () => object, fault?: Fault): Result {
    const at = state.time;
    switch (fault) {
      case 'error500':
        return { at, error: sdkError('ServiceFailure', 500) };
      case 'error403':
        return { at, error: sdkError('AccessDenied', 403) };
      case 'refusal':
        return { at, error: sdkError('LimitExceeded', 409) };
    }
    const { course: { pending }, known } = invocation;
    const { role } = iamOf(state);
    if (role && pending.kind === 'call' && pending.action === 'deleteServiceLinkedRole') {
      if (isUnguarded(known, role) && !known.event.command.isCleanUp) {
        this.reached.unguarded++;
        return { at, error: noSuchRole() };
      }
      this.reached.deletions++;
      checkDeletion(known, role, state.creators[role.RoleId], state.stacks[known.event.stack]);
    }
    try {
      const response = carryOut();
      return fault === 'lostResponse' ? { at, error: new Error('socket hang up') } : { at, response };
    } catch (error) {
      return fault === 'lostResponse' ? { at, error: new Error('socket hang up') } : { at, error: error as Error };
    }
  }

  private async goOn(state: State, invocation: Invocation, result: Result): Promise<State> {
    const { course, known } = invocation;
    const continued = {
      course: await course.next(result),
      known: course.pending.kind === 'call' ? knownAfter(known, course.pending.action, result.at, result.response) : known,
      since: state.time,
    };
    const invocations = state.invocations.map((other) => other === invocation ? continued : other);
    return this.respond({ ...state, invocations }, continued, course.responses);
  }

  private endTask(state: State): PossibleStep[] {
    const task = iamOf(state).runningTask;
    const end = (Reason?: string) => (next: State): State => {
      const iam = iamOf(next);
      iam.endTask(iam.runningTask!, Reason ? { Reason } : undefined);
      return { ...next, iam: recent(iam.state, next.time) };
    };
    return task ? [
      { label: 'IAM  deletes the role', take: end() },
      { label: 'IAM  does not delete the role, because it is in use', cost: 'failedTask', take: end('in use') },
    ] : [];
  }

  private others(state: State): PossibleStep[] {
    const { role } = iamOf(state);
    const act = (change: (iam: IamModel) => void) => (next: State): State => {
      const iam = iamOf(next);
      change(iam);
      return { ...next, iam: recent(iam.state, next.time) };
    };
    return [
      ...role ? [
        { label: 'others  delete the role', cost: 'othersDelete' as const, take: act((iam) => iam.deleteRole()) },
        { label: 'others  replace the role', cost: 'othersReplace' as const, take: act((iam) => iam.createRole({ Description: 'theirs' })) },
      ] : [
        { label: 'others  create the role', cost: 'othersCreate' as const, take: act((iam) => iam.createRole({ Description: 'theirs' })) },
      ],
      ...state.inUseUntil === Infinity ? [{
        label: 'others  delete the resources that use the role',
        take: (next: State): State => ({ ...next, inUseUntil: next.time }),
      }] : [],
      { label: 'others  create a regular role with the name', cost: 'regularRole', excuses: true, take: act((iam) => iam.createRole({ Path: '/' })) },
    ];
  }

  /** Time goes on to the next timer, unless something must happen before. */
  private letTimePass(state: State): PossibleStep[] {
    const { time, invocations } = state;
    const timers = invocations.flatMap(({ course: { pending } }) => pending.kind === 'sleep' ? pending.until : []);
    const until = Math.max(Math.min(...timers), time);
    const calls = invocations.filter(({ course: { pending } }) => pending.kind === 'call');
    const task = iamOf(state).runningTask;
    if (timers.length === 0 || calls.some(({ since }) => since + MAX_LATENCY < until) || (task && task.started + MAX_TASK_DURATION < until)) {
      return [];
    }
    return [{
      label: 'time passes',
      ...until > time && calls.length > 0 && { cost: 'latency' },
      take: async (next) => {
        let woken: State = { ...next, time: until, iam: recent(next.iam, until) };
        for (const invocation of woken.invocations) {
          const { pending } = invocation.course;
          if (pending.kind === 'sleep' && pending.until <= until) {
            woken = await this.goOn(woken, invocation, { at: until });
          }
        }
        return woken;
      },
    }];
  }
}

interface PossibleStep {
  readonly label: string;
  readonly cost?: Fault;
  readonly excuses?: boolean;
  take(state: State): State | Promise<State>;
}

function replaced<T>(items: readonly T[], index: number, item: T): T[] {
  return items.map((other, position) => position === index ? item : other);
}

function iamOf({ time, iam, inUseUntil }: State): IamModel {
  const model = new IamModel({ now: () => time }, iam);
  model.deletionPlan = () => inUseUntil === Infinity ? { duration: 0, failure: { Reason: 'in use' } } : {};
  return model;
}

/** Without what no call can be shown any more. */
function recent({ history, tasks, roles }: Readonly<IamState>, time: number): IamState {
  const [latest] = history.filter(({ at }) => at <= time - MAX_LAG).slice(-1);
  return { history: [{ ...latest, at: 0 }, ...history.filter(({ at }) => at > time - MAX_LAG)], tasks, roles };
}
