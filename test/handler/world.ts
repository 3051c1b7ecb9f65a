import type { Role } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Answer, missing, NOW, sdkError, SECOND, someEvent, someRole, taken } from './simulation';
import type { Clock } from '../../src/handler/clock';
import type { Action, Iam } from '../../src/handler/iam';
import { handle } from '../../src/handler/protocol';

/** Lambda's asynchronous retries, and how long CloudFormation waits for an answer. */
const DELIVERY_PAUSES = [60 * SECOND, 120 * SECOND];
export const SERVICE_TIMEOUT = 960 * SECOND;
/** How often an operator deletes a stack again that failed to go. */
const DELETE_TRIES = 5;

/** One account's schedule: who does what and when, and what each call meets. All times in milliseconds. */
export interface Schedule {
  readonly stacks: readonly StackPlan[];
  /** One stack after the other, and IAM answers each creation that it carries out. */
  readonly alone: boolean;
  readonly others: readonly OtherPlan[];
  /** What the calls to IAM meet, over and over; calm afterwards for a stack alone. */
  readonly weather: readonly Weather[];
  /** How the deletion tasks go, over and over. */
  readonly deletions: readonly DeletionPlan[];
  /** What the PUTs of the answers meet; taken afterwards. */
  readonly puts: readonly PutFate[];
  /** After how long the events are delivered a second time; once afterwards. */
  readonly secondDeliveries: readonly (number | undefined)[];
  readonly lambdaTimeout: number;
}

export interface StackPlan {
  readonly start: number;
  readonly properties: Properties;
  /** What follows the Create: another resource fails; somebody deletes the stack while the Create runs, after that long. */
  readonly rolledBack: boolean;
  readonly deletedDuringCreate?: number;
  readonly updates: readonly UpdatePlan[];
  /** After how long the stack is deleted. */
  readonly deleted?: number;
}

export interface UpdatePlan {
  readonly after: number;
  readonly properties: Properties;
  /** Another resource fails; the rollback's Update carries the id from before or from after. */
  readonly rolledBack?: 'with the old id' | 'with the new id';
}

export interface Properties {
  readonly Description?: string;
  readonly PropagationDelay: '0' | '10' | '60' | '600';
  readonly DeleteRole: 'true' | 'false';
}

/** Somebody outside of CloudFormation; `squat` puts an ordinary role of that name at another path. */
export interface OtherPlan {
  readonly at: number;
  readonly act: 'create' | 'delete' | 'squat';
}

export interface Weather {
  /** How long the request is under way. */
  readonly latency: number;
  /** How old the state is that a read shows. */
  readonly lag: number;
  readonly fault?: Fault;
}
const CALM: Weather = { latency: 0, lag: 0 };
export const FAULTS = ['throttled', 'denied', 'failed', 'hung', 'done but failed', 'done but hung'] as const;
export type Fault = typeof FAULTS[number];

export interface DeletionPlan {
  readonly duration: number;
  /** What still uses the role, if the task fails. */
  readonly usedBy?: readonly string[];
  /** How long IAM remembers the task once it has succeeded. */
  readonly remembered: number;
}

export const PUT_FATES = ['taken', 'refused', 'hung', 'taken but hung'] as const;
export type PutFate = typeof PUT_FATES[number];

/** Like `SimulatedClock`, for millions of timers: the tick queue runs when no promise is left to go on, at no turn of the event loop. */
class FastClock implements Clock {
  private time = NOW;
  private readonly timers: { readonly at: number; readonly wake: () => void }[] = []; // latest first

  now = () => this.time;

  sleep = (ms: number) => new Promise<void>((wake) => {
    const at = this.time + Math.max(ms, 0);
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      [low, high] = this.timers[middle].at > at ? [middle + 1, high] : [low, middle];
    }
    this.timers.splice(low, 0, { at, wake });
  });

  /** Lets time pass until the work ends or waits for nothing that could happen. */
  async run(work: Promise<void>): Promise<void> {
    let over = false;
    void work.then(() => { over = true; });
    const idle = () => new Promise(process.nextTick);
    await idle();
    for (let timer; !over && (timer = this.timers.pop());) {
      this.time = timer.at;
      timer.wake();
      await idle();
    }
  }
}

/** A role that exists or existed. */
export interface RoleRecord extends Readonly<Role> {
  readonly RoleId: string;
  /** The stack that created it. */
  readonly stackId?: string;
  readonly from: number;
  until: number;
}

/** One delivery of one event. */
export interface Invocation {
  readonly event: CloudFormationCustomResourceEvent;
  readonly start: number;
  readonly puts: { readonly url: string; readonly body: string; readonly start: number; status?: number }[];
  end?: number;
  succeeded?: boolean;
  /** The role that IAM last showed, and when. */
  look?: { readonly at: number; readonly role: Role };
  /** The last call that IAM answered. */
  lastAnswer?: { readonly at: number; readonly action: Action };
}

interface DeletionTask {
  readonly id: string;
  readonly role: RoleRecord;
  readonly start: number;
  readonly end: number;
  readonly plan: DeletionPlan;
}

/** IAM as one account's service-linked role for ElastiCache meets it: writes are exact and ordered, reads lag behind. */
class IamModel {
  readonly roles: RoleRecord[] = [];
  readonly deletions: { readonly role: RoleRecord; readonly by: Invocation }[] = [];
  /** Deletions that a replacement between the last read and themselves would have led astray. */
  spared = 0;
  private readonly history: { readonly at: number; readonly role?: RoleRecord }[] = [{ at: 0 }];
  private readonly tasks: DeletionTask[] = [];
  private arrivals = 0;

  constructor(private readonly clock: Clock, private readonly schedule: Schedule) {}

  get role(): RoleRecord | undefined {
    return this.history.at(-1)!.role;
  }

  /** IAM for one invocation of the handler. */
  connect(by: Invocation): Iam {
    return async (action, request) => {
      const { alone, weather } = this.schedule;
      const { latency, lag, fault } = weather[alone ? this.arrivals++ : this.arrivals++ % weather.length] ?? CALM;
      const readBefore = by.lastAnswer?.action === 'GetRole' ? by.look?.role : undefined;
      by.lastAnswer = undefined;
      await this.clock.sleep(latency);
      const canBeInDoubt = !(alone && action === 'CreateServiceLinkedRole');
      switch (fault) {
        case 'throttled':
          throw sdkError('Throttling', 400, 'Rate exceeded');
        case 'denied':
          throw sdkError('AccessDenied', 403, 'not authorized');
        case 'failed':
          throw sdkError('ServiceFailureException', 500);
        case 'hung':
          return new Promise<never>(() => {});
      }
      const answer = action === 'DeleteServiceLinkedRole'
        ? this.startDeletion(by, readBefore)
        : this.act(by, action, lag, request);
      switch (canBeInDoubt && fault) {
        case 'done but failed':
          throw sdkError('ServiceFailureException', 500);
        case 'done but hung':
          return new Promise<never>(() => {});
      }
      const at = this.clock.now();
      by.lastAnswer = { at, action };
      if ('Role' in answer && answer.Role) {
        by.look = { at, role: answer.Role };
      }
      return answer as never;
    };
  }

  create(Description?: string, stackId?: string, Path?: string): RoleRecord {
    const at = this.clock.now();
    const RoleId = `AROA${this.roles.length}`;
    const role = { ...someRole({ Path, Description, CreateDate: new Date(at) }), RoleId, stackId, from: at, until: Infinity };
    this.roles.push(role);
    this.history.push({ at, role });
    return role;
  }

  delete(role: RoleRecord): void {
    if (this.role?.RoleId === role.RoleId) {
      this.roles.find(({ RoleId }) => RoleId === role.RoleId)!.until = this.clock.now();
      this.history.push({ at: this.clock.now() });
    }
  }

  private roleAt(time: number): RoleRecord | undefined {
    let index = this.history.length - 1;
    while (this.history[index].at > time) {
      index--;
    }
    return this.history[index].role;
  }

  private act(by: Invocation, action: Exclude<Action, 'DeleteServiceLinkedRole'>, lag: number, request: object) {
    const { Description, DeletionTaskId } = request as { Description?: string; DeletionTaskId?: string };
    const seenAt = this.clock.now() - lag;
    const seen = this.roleAt(seenAt);
    switch (action) {
      case 'GetRole':
        if (!seen) {
          throw missing();
        }
        return { Role: seen };
      case 'CreateServiceLinkedRole':
        if (this.role) {
          throw taken();
        }
        return { Role: { ...this.create(Description, by.event.StackId), Description: undefined } };
      case 'UpdateRoleDescription':
        if (!this.role || !seen) {
          throw missing();
        }
        this.history.push({ at: this.clock.now(), role: { ...this.role, Description } });
        return {};
      case 'GetServiceLinkedRoleDeletionStatus':
        return this.deletionStatus(seenAt, DeletionTaskId!);
    }
  }

  private startDeletion(by: Invocation, readBefore?: Role): { DeletionTaskId: string } {
    const { role } = this;
    if (!role) {
      throw missing();
    }
    // IAM has no conditional deletion: a role that comes between what the last read showed and this is lost. That window
    // alone is left out, see docs/guarantees.md: whoever deletes without a read directly before is not spared.
    if (readBefore && readBefore.RoleId !== role.RoleId) {
      this.spared++;
      throw missing();
    }
    this.deletions.push({ role, by });
    const running = this.tasks.find((task) => task.role.RoleId === role.RoleId && task.end > this.clock.now());
    if (running) {
      return { DeletionTaskId: running.id };
    }
    const plan = this.schedule.deletions[this.tasks.length % this.schedule.deletions.length];
    const start = this.clock.now();
    const task = { id: `task/aws-service-role/${this.tasks.length}`, role, start, end: start + plan.duration, plan };
    this.tasks.push(task);
    void this.clock.sleep(plan.duration).then(() => {
      if (!plan.usedBy) {
        this.delete(role);
      }
    });
    return { DeletionTaskId: task.id };
  }

  private deletionStatus(seenAt: number, taskId: string): { Status: string; Reason?: object } {
    const { start, end, plan: { usedBy, remembered } } = this.tasks.find(({ id }) => id === taskId)!;
    if (seenAt < start || (!usedBy && this.clock.now() > end + remembered)) {
      throw missing();
    }
    if (seenAt < end) {
      return { Status: 'IN_PROGRESS' };
    }
    return usedBy
      ? { Status: 'FAILED', Reason: { Reason: 'in use', RoleUsageList: [{ Region: 'us-east-1', Resources: usedBy }] } }
      : { Status: 'SUCCEEDED' };
  }
}

/** What CloudFormation holds of an event once it has ended. */
export interface Outcome {
  readonly event: CloudFormationCustomResourceEvent;
  /** Absent where no answer came in time. */
  readonly answer?: Answer;
  readonly at: number;
}

/** One account: IAM, CloudFormation with its stacks, Lambda, and whoever else is about. */
export class Account {
  readonly clock = new FastClock();
  readonly iam: IamModel;
  readonly invocations: Invocation[] = [];
  readonly outcomes: Outcome[] = [];
  readonly lambdaTimeout: number;
  events = 0;
  private puts = 0;
  private readonly work: Promise<unknown>[] = [];

  constructor(private readonly schedule: Schedule) {
    this.lambdaTimeout = schedule.lambdaTimeout;
    this.iam = new IamModel(this.clock, schedule);
  }

  /** Everything that the schedule holds, until nothing more can happen. */
  async run(): Promise<this> {
    this.work.push(this.runStacks(), ...this.schedule.others.map((plan) => this.runOther(plan)));
    await this.clock.run(this.end());
    return this;
  }

  private async end(): Promise<void> {
    for (const work of this.work) { // which grows meanwhile
      await work;
    }
  }

  private async runStacks(): Promise<void> {
    for (const [index, plan] of this.schedule.stacks.entries()) {
      const running = this.runStack(plan, `arn:aws:cloudformation:us-east-1:123456789012:stack/S${index}/1`);
      this.work.push(running);
      if (this.schedule.alone) {
        await running;
      }
    }
  }

  private async runStack(plan: StackPlan, stackId: string): Promise<void> {
    const { clock } = this;
    await clock.sleep(plan.start);
    const created = this.send(stackId, 'Create', plan.properties);
    if (plan.deletedDuringCreate !== undefined) {
      await Promise.race([created, clock.sleep(plan.deletedDuringCreate)]);
    }
    // Without an answer yet, CloudFormation makes up an id.
    const outcome = plan.deletedDuringCreate === undefined ? await created : this.outcomes.find(({ event }) => event.StackId === stackId);
    let id = outcome?.answer?.PhysicalResourceId ?? 'S-Role-1ABC';
    let { properties } = plan;
    if (plan.rolledBack || plan.deletedDuringCreate !== undefined || outcome?.answer?.Status !== 'SUCCESS') {
      return this.delete(stackId, properties, id);
    }

    for (const update of plan.updates) {
      await clock.sleep(update.after);
      const before = id;
      const updated = await this.send(stackId, 'Update', update.properties, before);
      const succeeded = updated.answer?.Status === 'SUCCESS';
      const after = succeeded ? updated.answer.PhysicalResourceId : before;
      if (succeeded && !update.rolledBack) {
        id = after;
        if (after !== before) {
          await this.delete(stackId, properties, before);
        }
        properties = update.properties;
        continue;
      }
      const restored = await this.send(stackId, 'Update', properties, update.rolledBack === 'with the new id' ? after : before);
      id = restored.answer?.Status === 'SUCCESS' ? restored.answer.PhysicalResourceId : before;
      for (const left of new Set([before, after])) {
        if (left !== id) {
          await this.delete(stackId, update.properties, left);
        }
      }
    }

    if (plan.deleted !== undefined) {
      await clock.sleep(plan.deleted);
      await this.delete(stackId, properties, id);
    }
  }

  private async delete(stackId: string, properties: Properties, id: string): Promise<void> {
    for (let tries = 0; tries < DELETE_TRIES; tries++) {
      const { answer } = await this.send(stackId, 'Delete', properties, id);
      if (answer?.Status === 'SUCCESS') {
        return;
      }
    }
  }

  private async runOther({ at, act }: OtherPlan): Promise<void> {
    await this.clock.sleep(at);
    const { role } = this.iam;
    if (act === 'delete') {
      if (role) {
        this.iam.delete(role);
      }
    } else if (!role) {
      this.iam.create('by hand', undefined, act === 'squat' ? '/' : undefined);
    }
  }

  /** Sends an event and waits for its end; CloudFormation takes the first answer to it. */
  private async send(stackId: string, type: 'Create' | 'Update' | 'Delete', properties: Properties, id?: string): Promise<Outcome> {
    const number = this.events++;
    const event = { ...someEvent(type, { id, stackId, ...properties }), RequestId: `request-${number}`, ResponseURL: `https://example.com/${number}` };
    const answer = await new Promise<Answer | undefined>((take) => {
      this.work.push(this.deliver(event, take));
      const again = this.schedule.secondDeliveries[number];
      if (again !== undefined) {
        this.work.push(this.clock.sleep(again).then(() => this.invoke(event, take)));
      }
      void this.clock.sleep(SERVICE_TIMEOUT).then(() => take(undefined));
    });
    const outcome = { event, answer, at: this.clock.now() };
    this.outcomes.push(outcome);
    return outcome;
  }

  /** Lambda: a failed invocation is made again, twice. */
  private async deliver(event: CloudFormationCustomResourceEvent, take: (answer: Answer) => void): Promise<void> {
    for (const pause of [...DELIVERY_PAUSES, undefined]) {
      if (await this.invoke(event, take) || pause === undefined) {
        return;
      }
      await this.clock.sleep(pause);
    }
  }

  private async invoke(event: CloudFormationCustomResourceEvent, take: (answer: Answer) => void): Promise<boolean> {
    const { clock } = this;
    const invocation: Invocation = { event, start: clock.now(), puts: [] };
    this.invocations.push(invocation);
    const handled = handle(event, this.schedule.lambdaTimeout, {
      clock,
      iam: () => this.iam.connect(invocation),
      log: () => {},
      put: async (url, body) => {
        const put: Invocation['puts'][number] = { url, body, start: clock.now() };
        invocation.puts.push(put);
        const fate = this.schedule.puts[this.puts++] ?? 'taken';
        if (fate.startsWith('taken')) {
          take(JSON.parse(body));
        }
        if (fate.endsWith('hung')) {
          return new Promise<never>(() => {});
        }
        put.status = fate === 'taken' ? 200 : 503;
        return put.status;
      },
    });
    invocation.succeeded = await handled.then(() => true, () => false);
    invocation.end = clock.now();
    return invocation.succeeded;
  }
}
