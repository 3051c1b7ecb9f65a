import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { RoleState } from './iam/iam-model';
import { ScriptedIam } from './iam/scripted-iam';
import { SECOND, SimulatedClock } from './iam/simulated-clock';
import { type Dependencies, respond } from '../../src/handler/respond';
import { ROLE_NAME } from '../../src/private/role-identity';

/** The physical ID of a stack that created the first role of the model. */
export const OWNED = `${ROLE_NAME}/AROA1`;

export const RESPONSE_URL = 'https://example.com/response?Signature=SECRET';

type EventOptions = { readonly id?: string; readonly stackId?: string } & Record<string, unknown>;

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
    ResourceProperties: { ServiceToken: 'arn', PropagationDelay: '60', RemovalPolicy: 'retain', ...properties },
  } as CloudFormationCustomResourceEvent;
}

/** The response of the handler, as CloudFormation receives it. */
export interface HandlerResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Record<string, string>;
}

/** The handler's real code, with simulated time, IAM, and connection to CloudFormation. */
export class Simulation {
  readonly clock = new SimulatedClock();
  readonly iam = new ScriptedIam(this.clock);
  readonly log: string[] = [];
  /** Which part of each pause the handler waits. */
  random = 1;
  /** Each body that was sent, and when. */
  readonly puts: { readonly url: string; readonly body: string; readonly second: number }[] = [];
  /** What the next PUTs meet: a status, at once or later, an error, or no response. */
  putFaults: (number | Promise<number> | Error | 'hangs')[] = [];

  /** A role that others created, a day ago unless stated otherwise. */
  existingRole({ ageInSeconds = 24 * 3600, ...role }: Partial<RoleState> & { readonly ageInSeconds?: number } = {}): RoleState {
    return this.iam.createRole({ created: this.clock.now() - ageInSeconds * SECOND, ...role });
  }

  /** Calls this while an event is handled. */
  after(seconds: number, action: () => unknown): void {
    void this.clock.sleep(seconds * SECOND).then(action);
  }

  handle(event: CloudFormationCustomResourceEvent, remainingSeconds = 900): Promise<HandlerResponse> {
    return this.clock.run(this.start(event, remainingSeconds));
  }

  /** Several events at once. */
  handleAll(...events: CloudFormationCustomResourceEvent[]): Promise<HandlerResponse[]> {
    return this.clock.run(Promise.all(events.map((event) => this.start(event, 900))));
  }

  private async start(event: CloudFormationCustomResourceEvent, remainingSeconds: number): Promise<HandlerResponse> {
    let response = '';
    const put: Dependencies['put'] = async (url, body) => {
      response = body;
      this.puts.push({ url, body, second: this.clock.secondsPassed });
      const fault = this.putFaults.shift() ?? 200;
      if (fault === 'hangs') {
        return new Promise<never>(() => {});
      }
      if (fault instanceof Error) {
        throw fault;
      }
      return fault;
    };
    await respond(event, remainingSeconds * SECOND, {
      clock: this.clock, iam: this.iam.client, put, log: (line) => this.log.push(line), random: () => this.random,
    });
    return JSON.parse(response);
  }
}
