import { once } from 'events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'http';
import type { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import { NOW, SECOND, someEvent } from './handler/simulation';
import { ROLE_NAME, ROLE_PATH } from '../src/contract';
import type { Clock } from '../src/handler/clock';
import { type Action, connect, type Iam } from '../src/handler/iam';
import { handle } from '../src/handler/protocol';

// The handler with the real SDK and the real fetch, against a server that stands for IAM and for the answer's URL. Only the time is simulated.

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
  'latency of 5 s': async (response, wire) => {
    await wire.idle(() => wire.clock.sleep(5 * SECOND));
    respond(200, wire.carryOut())(response, wire);
  },
  'a hang': (_, wire) => wire.idle(() => new Promise(() => {})),
  'truncated XML': respond(200, '<R><GetRoleResult><Role><Path>/aws-service'),
  'HTML': respond(200, '<!DOCTYPE html><html><body>Proxy<br></body></html>', 'text/html'),
  'an empty 200': respond(200, ''),
} satisfies Record<string, Fault>;

/** Time that jumps to the next timer while nothing is under way on the wire. */
class WireClock implements Clock {
  private time = NOW;
  private timers: { readonly at: number; readonly wake: () => void }[] = [];

  now = () => this.time;

  sleep = (ms: number) => new Promise<void>((wake) => {
    this.timers.push({ at: this.time + ms, wake });
    this.timers.sort((one, other) => one.at - other.at);
  });

  async run(work: Promise<void>, isBusy: () => boolean): Promise<void> {
    let over = false;
    const end = () => { over = true; };
    work.then(end, end);
    for (;;) {
      await new Promise(setImmediate);
      if (over) {
        return work;
      }
      if (!isBusy()) {
        const { at, wake } = this.timers.shift()!;
        this.time = at;
        wake();
      }
    }
  }
}

/** IAM of one account and the answer's URL. */
class Wire {
  readonly clock = new WireClock();
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
    const action = /^Action=(\w+)|.*&Action=(\w+)/.exec(body)?.[1] ?? 'PUT';
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

  private answer(response: ServerResponse): void {
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
    put: async (to, body) => wire.track(async () => (await fetch(to, { method: 'PUT', body: Buffer.from(body) })).status),
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
const faults = (name: FaultName, times: number): Fault[] => Array.from({ length: times }, () => FAULTS[name]);
const ACTIONS = {
  Create: ['GetRole', 'CreateServiceLinkedRole'],
  Delete: ['GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus'],
} as const;

test.each(Object.keys(FAULTS) as FaultName[])('dump %s', async (name) => {
  for (const type of ['Create', 'Delete'] as const) {
    for (const action of [...ACTIONS[type], 'PUT']) {
      for (const times of [2, ALWAYS]) {
        wire = new Wire();
        if (type === 'Delete') { wire.role = { createDate: new Date(NOW - 1e9).toISOString() }; }
        wire.faults[action] = faults(name, times);
        const o = await run(type);
        process.stdout.write(`${JSON.stringify([name, type, action, times, o.status, o.reason, o.seconds, o.role, o.id, wire.calls.length])}\n`);
      }
    }
  }
}, 60_000);
