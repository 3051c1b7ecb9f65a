import type { Role } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { ROLE_NAME, ROLE_PATH } from '../../src/contract';
import type { Clock } from '../../src/handler/clock';
import type { Action, Iam } from '../../src/handler/iam';
import { handle } from '../../src/handler/protocol';

export const NOW = Date.parse('2026-01-01T12:00:00Z');
export const SECOND = 1000;
export const HANG = 'hang';

/** Time that jumps to the next timer as soon as nothing else is left to do, and nothing is under way elsewhere. */
export class SimulatedClock implements Clock {
  private time = NOW;
  private readonly timers: { readonly at: number; readonly wake: () => void }[] = [];

  now = () => this.time;

  sleep = (ms: number) => new Promise<void>((wake) => {
    const at = this.time + Math.max(ms, 0);
    const place = this.timers.findIndex((timer) => timer.at > at);
    this.timers.splice(place < 0 ? this.timers.length : place, 0, { at, wake });
  });

  /** Lets time pass until the work ends. */
  async run<T>(work: Promise<T>, isBusy = () => false): Promise<T> {
    let over = false;
    const end = () => { over = true; };
    work.then(end, end);
    for (;;) {
      await new Promise(setImmediate);
      if (over) {
        return work;
      }
      if (isBusy()) {
        continue;
      }
      const timer = this.timers.shift();
      if (!timer) {
        throw new Error('the work waits for nothing that could happen');
      }
      this.time = timer.at;
      timer.wake();
    }
  }
}

/** What the SDK throws. */
export function sdkError(name: string, httpStatusCode: number | undefined, message = name): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}
export const missing = () => sdkError('NoSuchEntityException', 404, `The role with name ${ROLE_NAME} cannot be found.`);
export const taken = () => sdkError('InvalidInputException', 400, `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`);

export function someRole(role: Partial<Role> & { readonly ageInSeconds?: number } = {}): Role {
  const { ageInSeconds = 24 * 3600, Path = ROLE_PATH, ...rest } = role;
  return {
    RoleName: ROLE_NAME,
    RoleId: 'AROAOLD',
    Path,
    Arn: `arn:aws:iam::123456789012:role${Path}${ROLE_NAME}`,
    CreateDate: new Date(NOW - ageInSeconds * SECOND),
    AssumeRolePolicyDocument: undefined,
    ...rest,
  };
}

/** An IAM of one account in memory, whose next answers can be replaced. */
export class InMemoryIam {
  readonly calls: Action[] = [];
  /** What the next calls of an action meet instead of an answer. */
  readonly faults: { [A in Action]?: (Error | typeof HANG | object)[] } = {};
  role?: Role;
  /** What the deletion's status says, call by call; the last one stays. */
  deletion: object[] = [{ Status: 'SUCCEEDED' }];

  constructor(private readonly clock: Clock) {}

  call: Iam = async (action, request) => {
    this.calls.push(action);
    const fault = this.faults[action]?.shift();
    if (fault === HANG) {
      return new Promise<never>(() => {});
    }
    if (fault instanceof Error) {
      throw fault;
    }
    return (fault ?? this.answer(action, 'Description' in request ? request.Description : undefined)) as never;
  };

  private answer(action: Action, description?: string): object {
    switch (action) {
      case 'CreateServiceLinkedRole':
        if (this.role) {
          throw taken();
        }
        // As IAM does, the answer tells no description.
        this.role = someRole({ RoleId: 'AROANEW', CreateDate: new Date(this.clock.now()) });
        const answer = { Role: { ...this.role } };
        this.role.Description = description;
        return answer;
      case 'GetServiceLinkedRoleDeletionStatus':
        const status = this.deletion.length > 1 ? this.deletion.shift()! : this.deletion[0];
        if ('Status' in status && status.Status === 'SUCCEEDED') {
          this.role = undefined;
        }
        return status;
    }
    if (!this.role) {
      throw missing();
    }
    switch (action) {
      case 'GetRole':
        return { Role: { ...this.role } };
      case 'UpdateRoleDescription':
        this.role.Description = description;
        return {};
      case 'DeleteServiceLinkedRole':
        return { DeletionTaskId: 'task/1' };
    }
  }
}

export const RESPONSE_URL = 'https://example.com/answer?Signature=SECRET';

type EventOptions = { readonly id?: string; readonly stackId?: string } & Record<string, string | undefined>;

/** An event as CloudFormation sends it. */
export function someEvent(RequestType: 'Create' | 'Update' | 'Delete', { id, stackId, ...properties }: EventOptions = {}): CloudFormationCustomResourceEvent {
  return {
    RequestType,
    ...RequestType === 'Create' ? {} : { PhysicalResourceId: id ?? ROLE_NAME },
    ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:handler',
    ResponseURL: RESPONSE_URL,
    StackId: stackId ?? 'arn:aws:cloudformation:us-east-1:123456789012:stack/S/1',
    RequestId: 'request-1',
    LogicalResourceId: 'Role',
    ResourceType: 'Custom::ElastiCacheServiceLinkedRole',
    ResourceProperties: { ServiceToken: 'arn', PropagationDelay: '60', DeleteRole: 'false', ...properties },
  } as CloudFormationCustomResourceEvent;
}

export interface Answer {
  readonly Status: string;
  readonly Reason: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Record<string, string>;
}

/** The handler in a simulated world: everything real but IAM, the clock and the way to CloudFormation. */
export class Simulation {
  readonly clock = new SimulatedClock();
  readonly iam = new InMemoryIam(this.clock);
  readonly log: string[] = [];
  /** Every body that was sent, with the second at which it was. */
  readonly puts: { readonly url: string; readonly body: string; readonly second: number }[] = [];
  /** What the next tries to answer meet. */
  putFaults: (number | Error | typeof HANG)[] = [];

  get secondsPassed(): number {
    return (this.clock.now() - NOW) / SECOND;
  }

  async handle(event: CloudFormationCustomResourceEvent, remainingSeconds = 900): Promise<Answer> {
    const [answer] = await this.clock.run(Promise.all([this.start(event, remainingSeconds)]));
    return answer;
  }

  /** Several events at once. */
  handleAll(...events: CloudFormationCustomResourceEvent[]): Promise<Answer[]> {
    return this.clock.run(Promise.all(events.map((event) => this.start(event, 900))));
  }

  private async start(event: CloudFormationCustomResourceEvent, remainingSeconds: number): Promise<Answer> {
    let answer = '';
    await handle(event, remainingSeconds * SECOND, {
      clock: this.clock,
      iam: () => this.iam.call,
      log: (line) => {
        this.log.push(line);
      },
      put: async (url, body) => {
        answer = body;
        this.puts.push({ url, body, second: this.secondsPassed });
        const fault = this.putFaults.shift() ?? 200;
        if (fault === HANG) {
          return new Promise<never>(() => {});
        }
        if (fault instanceof Error) {
          throw fault;
        }
        return fault;
      },
    });
    return JSON.parse(answer);
  }
}
