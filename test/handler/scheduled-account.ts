import type { Role } from '@aws-sdk/client-iam';
import { checkDeletion, checkResponse, isUnguarded, type Known, knownAfter, type SentEvent } from './promises';
import { type HandlerResponse, someEvent } from './simulation';
import { type Command, proceed, type Properties, type Stack } from './stack';
import { type Dependencies, respond } from '../../src/handler/respond';
import { type Action, type DeletionPlan, IamModel, noSuchRole, type Request, type Response, sdkError } from '../iam/iam-model';
import { SECOND, SimulatedClock } from '../iam/simulated-clock';

/** Lambda retries an asynchronous invocation twice. */
const DELIVERY_PAUSES = [60 * SECOND, 120 * SECOND];
const SERVICE_TIMEOUT = 960 * SECOND;
/** What CloudFormation makes up if a Create does not respond. */
const UNKNOWN_ID = 'S-Role-1ABC';

/** Who does what when in one account, and what each call meets. All times in milliseconds. */
export interface Schedule {
  readonly stacks: readonly StackPlan[];
  /** One stack after the other, and IAM responds to each creation that it carries out. */
  readonly inTurn: boolean;
  readonly others: readonly { readonly at: number; readonly act: 'create' | 'delete' | 'replace' | 'create a regular role' }[];
  /** What the calls to IAM meet, over and over; only once if the stacks come in turn. */
  readonly calls: readonly CallPlan[];
  /** How the deletion tasks proceed, over and over. */
  readonly deletions: readonly DeletionPlan[];
  /** What the PUTs of the responses meet; they are accepted afterwards. */
  readonly puts: readonly PutOutcome[];
  /** After how long each event is delivered a second time. */
  readonly secondDeliveries: readonly (number | undefined)[];
  readonly lambdaTimeout: number;
}

export interface StackPlan {
  readonly start: number;
  readonly commands: readonly Command[];
  /** Before each of the commands but the first. */
  readonly pause: number;
  /** The user deletes the stack so long after the start of its Create, which still runs. */
  readonly deletedDuringCreate?: { readonly after: number; readonly properties: Properties };
}

export const CALL_FAULTS = ['throttled', 'denied', 'failed', 'refused', 'hung', 'done but failed', 'done but hung'] as const;

export interface CallPlan {
  readonly latency: number;
  /** How old the state is that a read shows. */
  readonly lag: number;
  readonly fault?: typeof CALL_FAULTS[number];
}

export const PUT_OUTCOMES = ['accepted', 'refused', 'hung', 'accepted but hung'] as const;
export type PutOutcome = typeof PUT_OUTCOMES[number];

/** One delivery of an event. */
export interface Invocation {
  readonly event: SentEvent;
  readonly start: number;
  readonly puts: { readonly body: string; readonly start: number; status?: number }[];
  end?: number;
  succeeded?: boolean;
}

/** An account: IAM, CloudFormation with its stacks, Lambda, and others who change the role. */
export class ScheduledAccount {
  readonly clock = new SimulatedClock();
  readonly iam = new IamModel(this.clock);
  readonly invocations: Invocation[] = [];
  readonly reached = {
    deletions: 0, adoptions: 0, secondDeliveries: 0, truncatedResponses: 0, unguardedDeletions: 0, failures: 0, failedCreators: 0,
  };
  lastStatus?: string;
  private readonly creators: Record<string, number> = {};
  private readonly stacks: Stack[];
  private readonly work: Promise<unknown>[] = [];
  private violation?: Error;
  private events = 0;
  private calls = 0;
  private puts = 0;

  constructor(private readonly schedule: Schedule) {
    this.stacks = schedule.stacks.map(({ commands }) => ({ commands, physicalId: '' }));
    this.iam.deletionPlan = (task) => schedule.deletions[task % schedule.deletions.length];
  }

  /** Runs until nothing more can happen. Rejects if a promise of the handler is broken. */
  async run(): Promise<this> {
    this.work.push(this.runStacks(), ...this.schedule.others.map((plan) => this.runOther(plan)));
    await this.clock.run(this.end());
    if (this.violation) {
      throw this.violation;
    }
    return this;
  }

  private async end(): Promise<void> {
    for (const work of this.work) { // which grows
      await work;
    }
  }

  private async runStacks(): Promise<void> {
    for (const [index, plan] of this.schedule.stacks.entries()) {
      const running = this.runStack(index, plan);
      this.work.push(running);
      if (this.schedule.inTurn) {
        await running;
      }
    }
  }

  private async runStack(index: number, { start, pause, deletedDuringCreate }: StackPlan): Promise<void> {
    await this.clock.sleep(start);
    if (deletedDuringCreate) {
      const { after, properties } = deletedDuringCreate;
      const created = this.send(index, this.stacks[index].commands[0]);
      await Promise.race([created, this.clock.sleep(after)]);
      await this.send(index, { type: 'Delete', properties, physicalId: UNKNOWN_ID });
      return;
    }
    for (let [command, ...commands] = this.stacks[index].commands; command; [command, ...commands] = this.stacks[index].commands) {
      const physicalId = command.physicalId ?? (this.stacks[index].physicalId || UNKNOWN_ID);
      const response = await this.send(index, command) ?? { Status: 'FAILED', PhysicalResourceId: physicalId };
      this.stacks[index] = proceed({ ...this.stacks[index], commands }, command, response);
      this.lastStatus = response.Status;
      if (!this.stacks[index].commands[0]?.isCleanUp) {
        await this.clock.sleep(pause);
      }
    }
  }

  private async runOther({ at, act }: Schedule['others'][number]): Promise<void> {
    await this.clock.sleep(at);
    if (act === 'delete') {
      this.iam.deleteRole();
    } else if (!this.iam.role || act !== 'create') {
      this.iam.createRole({ Description: 'theirs', ...act === 'create a regular role' && { Path: '/' } });
    }
  }

  /** Sends an event. CloudFormation takes the first response, if one comes in time. */
  private async send(stack: number, command: Command): Promise<HandlerResponse | undefined> {
    const number = this.events++;
    const { type, properties, physicalId = this.stacks[stack].physicalId } = command;
    const stackId = `arn:aws:cloudformation:us-east-1:123456789012:stack/S${stack}/1`;
    const request = { ...someEvent(type, { id: physicalId, stackId, ...properties }), RequestId: `${number}` };
    const event = { stack, command, request };
    return new Promise((take) => {
      this.work.push(this.deliver(event, take));
      const after = this.schedule.secondDeliveries[number];
      if (after !== undefined) {
        this.work.push(this.clock.sleep(after).then(() => this.invoke(event, take)));
      }
      void this.clock.sleep(SERVICE_TIMEOUT).then(() => take(undefined));
    });
  }

  private async deliver(event: SentEvent, take: (response: HandlerResponse) => void): Promise<void> {
    for (const pause of [...DELIVERY_PAUSES, undefined]) {
      if (await this.invoke(event, take) || pause === undefined) {
        return;
      }
      await this.clock.sleep(pause);
    }
  }

  private async invoke(event: SentEvent, take: (response: HandlerResponse) => void): Promise<boolean> {
    const { clock, schedule, reached } = this;
    const invocation: Invocation = { event, start: clock.now(), puts: [] };
    this.invocations.push(invocation);
    const memory = { known: { event, start: clock.now() } };
    const put: Dependencies['put'] = async (_, body) => {
      const sent: Invocation['puts'][number] = { body, start: clock.now() };
      if (invocation.puts.push(sent) === 1) {
        this.observe(() => this.check(memory.known, JSON.parse(body)));
      }
      const outcome = schedule.puts[this.puts++] ?? 'accepted';
      if (outcome.startsWith('accepted')) {
        take(JSON.parse(body));
      }
      if (outcome.endsWith('hung')) {
        return new Promise<never>(() => {});
      }
      return sent.status = outcome === 'accepted' ? 200 : 503;
    };
    const handled = respond(event.request, schedule.lambdaTimeout, { clock, iam: this.connect(memory), put, log: () => {} });
    invocation.succeeded = await handled.then(() => true, () => false);
    invocation.end = clock.now();
    reached.secondDeliveries = this.invocations.length - this.events;
    return invocation.succeeded;
  }

  /** What is thrown within a call, the handler catches. */
  private observe(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.violation ??= error as Error;
    }
  }

  private check(known: Known, response: HandlerResponse): void {
    const { clock, iam: { role }, creators } = this;
    checkResponse(known, response, { time: clock.now(), role, creator: role && creators[role.RoleId], mayFail: true, inUseUntil: Infinity });
    this.reached.adoptions += known.event.command.type === 'Create' && response.Status === 'SUCCESS' && !known.createdRoleId ? 1 : 0;
    this.reached.failures += response.Status === 'FAILED' ? 1 : 0;
    this.reached.failedCreators += response.Status === 'FAILED' && known.createdRoleId ? 1 : 0;
    this.reached.truncatedResponses += response.Reason?.includes(' more') ? 1 : 0;
  }

  private connect(memory: { known: Known }): Dependencies['iam'] {
    const call = <A extends Action>(action: A) => (request: Request<A>) => this.call(memory, action, request);
    return {
      getRole: call('getRole'),
      createServiceLinkedRole: call('createServiceLinkedRole'),
      updateRoleDescription: call('updateRoleDescription'),
      deleteServiceLinkedRole: call('deleteServiceLinkedRole'),
      getServiceLinkedRoleDeletionStatus: call('getServiceLinkedRoleDeletionStatus'),
    };
  }

  private async call<A extends Action>(memory: { known: Known }, action: A, request: Request<A>): Promise<Response<A>> {
    const { clock, iam, schedule } = this;
    const number = this.calls++;
    const { latency, lag, fault }: CallPlan = schedule.calls[schedule.inTurn ? number : number % schedule.calls.length] ?? { latency: 0, lag: 0 };
    const { known } = memory;
    memory.known = { ...known, lastResponse: undefined };
    await clock.sleep(latency);
    switch (fault) {
      case 'throttled':
        throw sdkError('Throttling', 400, 'Rate exceeded');
      case 'denied':
        throw sdkError('AccessDenied', 403);
      case 'failed':
        throw sdkError('ServiceFailure', 500);
      case 'refused':
        throw sdkError('LimitExceeded', 409);
      case 'hung':
        return new Promise<never>(() => {});
    }
    this.guardDeletion(known, action);
    const response = iam.carryOut(action, request, clock.now() - lag);
    if (action === 'createServiceLinkedRole') {
      this.creators[iam.role!.RoleId] = known.event.stack;
    }
    switch (schedule.inTurn && action === 'createServiceLinkedRole' ? undefined : fault) {
      case 'done but failed':
        throw sdkError('ServiceFailure', 500);
      case 'done but hung':
        return new Promise<never>(() => {});
    }
    memory.known = knownAfter(known, action, clock.now(), response as { Role?: Role });
    return response;
  }

  private guardDeletion(known: Known, action: Action): void {
    const { role } = this.iam;
    if (action !== 'deleteServiceLinkedRole' || !role) {
      return;
    }
    if (isUnguarded(known, role)) {
      this.reached.unguardedDeletions++;
      throw noSuchRole();
    }
    this.reached.deletions++;
    this.observe(() => checkDeletion(known, role, this.creators[role.RoleId], this.stacks[known.event.stack]));
  }
}
