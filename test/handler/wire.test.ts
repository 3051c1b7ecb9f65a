import { once } from 'events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'http';
import type { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import { NOW, SECOND, SimulatedClock, someEvent } from './handler/simulation';
import { ROLE_NAME, ROLE_PATH } from '../src/contract';
import { type Action, connect, type Iam } from '../src/handler/iam';
import { handle } from '../src/handler/protocol';
import { put } from '../src/handler/put';

// The handler with the real SDK and the real PUT, against a server that stands for IAM and for the answer's URL. Only the time is simulated.

const ARN = `arn:aws:iam::123456789012:role${ROLE_PATH}${ROLE_NAME}`;
const OWN = `${ROLE_NAME}/AROA1`;

/** What a request meets. */
type Fault = (response: ServerResponse, wire: Wire) => unknown;

const respond = (status: number, body: string, type = 'text/xml'): Fault => (response) => response.writeHead(status, { 'content-type': type }).end(body);
const error = (status: number, code: string, message: string) => respond(status,
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`);

const FAULTS = {
  'throttling': error(400, 'Throttling', 'Rate exceeded'),
  '500': error(500, 'ServiceFailure', 'try later'),
  '503 without a word': respond(503, ''),
  '403': error(403, 'AccessDenied', 'User: handler is not authorized'),
  'a TCP reset': (response) => response.socket?.resetAndDestroy(),
  'an answer lost by a TCP reset': (response, wire) => {
    wire.carryOut();
    response.socket?.resetAndDestroy();
  },
  'latency of 4 s': async (response, wire) => {
    await wire.idle(() => wire.clock.sleep(4 * SECOND));
    wire.answer(response);
  },
  'a hang': (_, wire) => wire.idle(() => new Promise(() => {})),
  'truncated XML': respond(200, '<R><GetRoleResult><Role><Path>/aws-service'),
  'HTML': respond(200, '<!DOCTYPE html><html><body>Proxy<br></body></html>', 'text/html'),
  'an empty 200': respond(200, ''),
} satisfies Record<string, Fault>;

/** IAM of one account and the answer's URL. */
class Wire {
  readonly clock = new SimulatedClock();
  role?: { readonly createDate: string };
  readonly calls: string[] = [];
  readonly answers: string[] = [];
  /** What the next requests meet, by action; `PUT` is the answer's. */
  readonly faults: Record<string, Fault[]> = {};
  private readonly underway = new Set<object>();
  private latest = {};

  /** A request of the handler, for which time stands still. */
  async track<T>(send: () => Promise<T>): Promise<T> {
    const request = this.latest = {};
    this.underway.add(request);
    try {
      return await send();
    } finally {
      this.underway.delete(request);
    }
  }

  isBusy = () => this.underway.size > 0;

  /** Lets time pass although a request is under way. */
  async idle(wait: () => Promise<unknown>): Promise<void> {
    const request = this.latest;
    this.underway.delete(request);
    await wait();
    this.underway.add(request);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const action = request.method === 'PUT' ? 'PUT' : new URLSearchParams(body).get('Action')!;
    if (action === 'PUT') {
      this.answers.push(body);
    }
    this.calls.push(action);
    await (this.faults[action]?.shift() ?? ((to: ServerResponse) => this.answer(to)))(response, this);
  }

  /** What the last request asks for; gives IAM's answer. */
  carryOut(): string {
    const action = this.calls[this.calls.length - 1];
    switch (action) {
      case 'PUT':
        return '';
      case 'CreateServiceLinkedRole':
        this.role = { createDate: new Date(this.clock.now()).toISOString() };
        break;
      case 'DeleteServiceLinkedRole':
        return `<R><${action}Result><DeletionTaskId>task/1</DeletionTaskId></${action}Result></R>`;
      case 'GetServiceLinkedRoleDeletionStatus':
        this.role = undefined;
        return `<R><${action}Result><Status>SUCCEEDED</Status></${action}Result></R>`;
    }
    return `<R><${action}Result><Role><Path>${ROLE_PATH}</Path><RoleName>${ROLE_NAME}</RoleName><RoleId>AROA1</RoleId><Arn>${ARN}</Arn>`
      + `<CreateDate>${this.role?.createDate}</CreateDate></Role></${action}Result></R>`;
  }

  answer(response: ServerResponse): void {
    const action = this.calls[this.calls.length - 1];
    if (action === 'CreateServiceLinkedRole' && this.role) {
      error(400, 'InvalidInput', `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`)(response, this);
    } else if (!this.role && !['PUT', 'CreateServiceLinkedRole'].includes(action)) {
      error(404, 'NoSuchEntity', `The role with name ${ROLE_NAME} cannot be found.`)(response, this);
    } else {
      respond(200, this.carryOut())(response, this);
    }
  }
}

let wire: Wire;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => void wire.serve(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ENDPOINT_URL_IAM: url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' });
});
beforeEach(() => {
  wire = new Wire();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Outcome {
  /** Of the last answer, or what the invocation failed with. */
  readonly status: string;
  readonly reason: string;
  readonly id: string;
  readonly seconds: number;
  readonly role: 'there' | 'absent';
}

async function run(type: 'Create' | 'Delete', remainingSeconds = 900): Promise<Outcome> {
  const log: string[] = [];
  const event = { ...someEvent(type, { id: OWN, PropagationDelay: '0', DeleteRole: 'true' }), ResponseURL: `${url}/?Signature=SECRET` };
  let failure: string | undefined;
  await wire.clock.run(handle(event, remainingSeconds * SECOND, {
    clock: wire.clock,
    iam: (signal) => {
      const real = connect(signal);
      return ((action: Action, request: never) => wire.track(async () => real(action, request))) as Iam;
    },
    put: (to, body) => wire.track(() => put(to, body)),
    log: (line) => log.push(line),
  }), wire.isBusy).catch(({ message }: Error) => { failure = message; });

  expect(log.join('\n')).not.toContain('SECRET');
  expect(new Set(wire.answers).size).toBe(1); // whatever is sent again is the same
  const { Status, Reason = '', PhysicalResourceId } = JSON.parse(wire.answers[0]);
  return {
    status: failure ?? Status,
    reason: Reason,
    id: PhysicalResourceId,
    seconds: (wire.clock.now() - NOW) / SECOND,
    role: wire.role ? 'there' : 'absent',
  };
}

type FaultName = keyof typeof FAULTS;
const ALWAYS = 999;

/** An event in an account as it is before it, where the next calls of that action meet the fault. */
function runWith(type: 'Create' | 'Delete', action: string, name: FaultName, times: number, remainingSeconds?: number): Promise<Outcome> {
  wire.role = type === 'Delete' ? { createDate: '2025-01-01T00:00:00Z' } : undefined;
  wire.faults[action] = Array.from({ length: times }, () => FAULTS[name]);
  return run(type, remainingSeconds);
}

const ACTIONS = {
  Create: ['GetRole', 'CreateServiceLinkedRole'],
  Delete: ['GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus'],
} as const;
const calledAtAll = () => [...new Set(wire.calls)];
const NOT_TAKEN = 'the answer was not taken: Lambda delivers the event again';
const CREATED = { status: 'SUCCESS', id: OWN, role: 'there' };
const DELETED = { status: 'SUCCESS', id: OWN, role: 'absent' };

describe.each([
  ...ACTIONS.Create.map((action) => ['Create', action] as const),
  ...ACTIONS.Delete.map((action) => ['Delete', action] as const),
])('%s, %s meets', (type, action) => {
  // How long two of them take, and how long it takes until they are believed.
  test.each<[FaultName, number, number, string]>([
    ['throttling', 3, 120, 'Throttling: Rate exceeded'],
    ['500', 3, 120, 'ServiceFailureException: try later'],
    ['503 without a word', 3, 120, 'Unknown'],
    ['403', 3, 30, 'AccessDenied: User: handler is not authorized'],
    ['a TCP reset', 3, 120, 'ECONNRESET'],
    ['a hang', 23, 130, 'no answer for 10 s'],
    ['truncated XML', 3, 120, 'Error: '],
    ['HTML', 3, 120, 'Error: '],
  ])('%s: overcome in %i s if it ends, else FAILED after %i s', async (name, seconds, patience, reason) => {
    expect(await runWith(type, action, name, 2)).toEqual({ ...type === 'Create' ? CREATED : DELETED, reason: '', seconds });
    expect(calledAtAll()).toEqual([...ACTIONS[type], 'PUT']);
    expect(wire.calls.filter((call) => call === action).length).toBeGreaterThanOrEqual(3);
    expect(wire.answers).toHaveLength(1);

    wire = new Wire();
    const outcome = await runWith(type, action, name, ALWAYS);
    expect(outcome).toMatchObject({ status: 'FAILED', seconds: patience, id: type === 'Create' ? 'not-created' : OWN });
    expect(outcome.reason).toMatch(new RegExp(`^iam:${action} failed: .*${reason}`));
    expect(outcome.role).toBe(type === 'Create' ? 'absent' : 'there');
    // Nothing is done after it.
    expect(calledAtAll()).toEqual([...ACTIONS[type].slice(0, (ACTIONS[type] as readonly string[]).indexOf(action) + 1), 'PUT']);
    expect(wire.answers).toHaveLength(1);
  });

  test('latency of 4 s: waited for', async () => {
    expect(await runWith(type, action, 'latency of 4 s', 1)).toMatchObject({ ...type === 'Create' ? CREATED : DELETED, seconds: 4 });
    expect(wire.calls).toEqual([...ACTIONS[type], 'PUT']);
  });

  test('a hang that would outlast Lambda: answered 20 s before', async () => {
    const outcome = await runWith(type, action, 'a hang', ALWAYS, 60);
    expect(outcome).toMatchObject({ status: 'FAILED', seconds: 40, reason: expect.stringMatching(/^out of time; last step: /) });
  });
});

describe('an answer that is lost after IAM did what was asked', () => {
  test('of the creation: the role is adopted, since who created it is in doubt, and so is never deleted', async () => {
    expect(await runWith('Create', 'CreateServiceLinkedRole', 'an answer lost by a TCP reset', 1)).toMatchObject({ ...CREATED, id: ROLE_NAME, seconds: 3 });
    expect(wire.calls.filter((call) => call === 'CreateServiceLinkedRole')).toHaveLength(2);
  });

  test('of the deletion: the role is looked at and the deletion asked for again', async () => {
    expect(await runWith('Delete', 'DeleteServiceLinkedRole', 'an answer lost by a TCP reset', 1)).toMatchObject({ ...DELETED, seconds: 1 });
    expect(wire.calls).toEqual(['GetRole', 'DeleteServiceLinkedRole', 'GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus', 'PUT']);
  });

  test('of the deletion\'s end: the task is forgotten and the role gone', async () => {
    expect(await runWith('Delete', 'GetServiceLinkedRoleDeletionStatus', 'an answer lost by a TCP reset', 1)).toMatchObject({ ...DELETED, seconds: 11 });
  });
});

describe('an empty 200 of', () => {
  test('GetRole counts as no role: IAM refuses to create a second', async () => {
    expect(await runWith('Create', 'GetRole', 'an empty 200', 2)).toMatchObject(CREATED);

    wire = new Wire();
    wire.role = { createDate: '2025-01-01T00:00:00Z' };
    wire.faults.GetRole = Array.from({ length: 2 }, () => FAULTS['an empty 200']);
    expect(await run('Create')).toMatchObject({ ...CREATED, id: ROLE_NAME });
  });

  test('GetRole for 10 s before a deletion: the role stays', async () => {
    expect(await runWith('Delete', 'GetRole', 'an empty 200', ALWAYS)).toMatchObject({ status: 'SUCCESS', role: 'there', seconds: 10 });
    expect(calledAtAll()).toEqual(['GetRole', 'PUT']);
  });

  test.each<['Create' | 'Delete', string, number, number]>([
    ['Create', 'CreateServiceLinkedRole', 2, 4],
    ['Delete', 'GetServiceLinkedRoleDeletionStatus', 2, 4],
    ['Delete', 'DeleteServiceLinkedRole', 1, 0],
  ])('%s, %s: looked at again', async (type, action, times, seconds) => {
    expect(await runWith(type, action, 'an empty 200', times)).toMatchObject({ ...type === 'Create' ? CREATED : DELETED, seconds });
  });

  test('CreateServiceLinkedRole, for ever: FAILED', async () => {
    expect(await runWith('Create', 'CreateServiceLinkedRole', 'an empty 200', ALWAYS)).toMatchObject({
      status: 'FAILED', role: 'absent', seconds: 118, reason: expect.stringContaining('does not show it: deploy again'),
    });
  });
});

describe.each<['Create' | 'Delete', object]>([['Create', CREATED], ['Delete', DELETED]])('%s, the answer\'s URL meets', (type, done) => {
  test.each<[FaultName, number, number]>([
    ['503 without a word', 3, 63],
    ['403', 3, 63],
    ['a TCP reset', 3, 63],
    ['a hang', 13, 98],
  ])('%s: the same answer is sent again for %i s if it ends, else the invocation fails after %i s', async (name, seconds, patience) => {
    expect(await runWith(type, 'PUT', name, 2)).toMatchObject({ ...done, seconds });
    expect(wire.answers).toHaveLength(3);

    wire = new Wire();
    expect(await runWith(type, 'PUT', name, ALWAYS)).toMatchObject({ ...done, status: NOT_TAKEN, seconds: patience });
    expect(wire.answers).toHaveLength(7);
  });
});
