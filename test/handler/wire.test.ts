import { execFile } from 'child_process';
import { mkdtemp, rm, writeFile } from 'fs/promises';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type HandlerResponse, someEvent } from './simulation';
import entry from '../../src/handler';
import { type Iam, iamClient } from '../../src/handler/iam';
import { respond } from '../../src/handler/respond';
import { HANDLER_CODE } from '../../src/private/handler-code';
import { ROLE_NAME } from '../../src/private/role-identity';
import { ACTIONS, IamModel } from '../iam/iam-model';
import { type Endpoint, errorAsXml, IamServer, openEndpoint, replies, type WireFault } from '../iam/iam-server';
import { SECOND, SimulatedClock, START } from '../iam/simulated-clock';

// The real SDK and the real PUT, against a server that answers from the model of IAM and accepts the handler's responses.

const OWNED = `${ROLE_NAME}/AROA1`;

let clock: SimulatedClock;
let iam: IamServer;
let endpoint: Endpoint;
let environment: Record<string, string>;

beforeAll(async () => {
  endpoint = await openEndpoint();
  environment = { AWS_ENDPOINT_URL_IAM: endpoint.url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  Object.assign(process.env, environment);
});
beforeEach(reset);
afterAll(() => endpoint.close());

function reset(): void {
  clock = new SimulatedClock();
  endpoint.iam = iam = new IamServer(new IamModel(clock));
}

const eventAt = (url: string, ...args: Parameters<typeof someEvent>): CloudFormationCustomResourceEvent =>
  ({ ...someEvent(...args), ResponseURL: `${url}/?Signature=SECRET` });

describe('with simulated time', () => {
  const error = (status: number, code: string, message: string) => replies(status, errorAsXml('Sender', code, message));

  const FAULTS = {
    'throttling': error(400, 'Throttling', 'Rate exceeded'),
    '500': error(500, 'ServiceFailure', 'try later'),
    '503 without a body': replies(503, ''),
    '403': error(403, 'AccessDenied', 'User: handler is not authorized'),
    'a TCP reset': (response) => response.socket?.resetAndDestroy(),
    'a response lost by a TCP reset': (response, carryOut) => {
      carryOut();
      response.socket?.resetAndDestroy();
    },
    'latency of 4 s': async (response, carryOut) => {
      await clock.passDuring(clock.sleep(4 * SECOND));
      const { status, body } = carryOut();
      replies(status, body)(response, carryOut);
    },
    'a hang': () => clock.passDuring(new Promise(() => {})),
    'truncated XML': replies(200, '<R><GetRoleResult><Role><Path>/aws-service'),
    'HTML': replies(200, '<!DOCTYPE html><html><body>Proxy<br></body></html>', 'text/html'),
    'an empty 200': replies(200, ''),
  } satisfies Record<string, WireFault>;
  type FaultName = keyof typeof FAULTS;

  /** The SDK's client, during whose requests the time stands still. */
  const client = Object.fromEntries(ACTIONS.map((action) => [
    action, (...args: [never, never]) => clock.stopDuring<object>(iamClient[action](...args)),
  ])) as unknown as Iam;

  interface Outcome {
    /** Of the response, or the message with which the invocation failed. */
    readonly status: string;
    readonly reason: string;
    readonly id: string;
    readonly seconds: number;
    readonly role: 'exists' | 'absent';
  }

  async function handle(type: 'Create' | 'Delete', remainingSeconds = 900): Promise<Outcome> {
    const log: string[] = [];
    const event = eventAt(endpoint.url, type, { id: OWNED, PropagationDelay: '0', DeleteRole: 'true' });
    let failure: string | undefined;
    await clock.run(respond(event, remainingSeconds * SECOND, {
      clock, iam: client, put: (url, body) => clock.stopDuring(entry.putResponse(url, body)), log: (line) => log.push(line),
    })).catch(({ message }: Error) => { failure = message; });

    expect(log.join('\n')).not.toContain('SECRET');
    expect(new Set(iam.responses).size).toBe(1); // each attempt sends the same
    const { Status, Reason = '', PhysicalResourceId } = JSON.parse(iam.responses[0]) as HandlerResponse;
    return { status: failure ?? Status, reason: Reason, id: PhysicalResourceId, seconds: clock.secondsPassed, role: iam.model.role ? 'exists' : 'absent' };
  }

  const ALWAYS = 999;

  /** Before a Delete, the role exists. The next calls of the action meet the fault. */
  function handleWith(type: 'Create' | 'Delete', action: string, name: FaultName, times: number, remainingSeconds?: number): Promise<Outcome> {
    if (type === 'Delete') {
      iam.model.createRole({ created: START - 3600 * SECOND });
    }
    iam.faults[action] = Array.from({ length: times }, () => FAULTS[name]);
    return handle(type, remainingSeconds);
  }

  const CALLS: Record<'Create' | 'Delete', readonly string[]> = {
    Create: ['GetRole', 'CreateServiceLinkedRole'],
    Delete: ['GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus'],
  };
  const distinctCalls = () => [...new Set(iam.calls)];
  const CREATED = { status: 'SUCCESS', id: OWNED, role: 'exists' };
  const DELETED = { status: 'SUCCESS', id: OWNED, role: 'absent' };
  const DONE = { Create: CREATED, Delete: DELETED };

  describe.each(
    (['Create', 'Delete'] as const).flatMap((type) => CALLS[type].map((action) => [type, action] as const)),
  )('%s, %s meets', (type, action) => {
    // How long two of them take, and after how long they are final.
    test.each<[FaultName, number, number, string]>([
      ['throttling', 3, 120, 'Throttling: Rate exceeded'],
      ['500', 3, 120, 'ServiceFailureException: try later'],
      ['503 without a body', 3, 120, 'Unknown'],
      ['403', 3, 30, 'AccessDenied: User: handler is not authorized'],
      ['a TCP reset', 3, 120, 'ECONNRESET'],
      ['a hang', 23, 130, 'TimeoutError: no response for 10 s'],
      ['truncated XML', 3, 120, 'Error: '],
      ['HTML', 3, 120, 'Error: '],
    ])('%s: retried for %i s if it ends, else FAILED after %i s', async (name, seconds, budget, reason) => {
      expect(await handleWith(type, action, name, 2)).toEqual({ ...DONE[type], reason: '', seconds });
      expect(distinctCalls()).toEqual([...CALLS[type], 'PUT']);
      expect(iam.calls.filter((call) => call === action).length).toBeGreaterThanOrEqual(3);
      expect(iam.responses).toHaveLength(1);

      reset();
      const outcome = await handleWith(type, action, name, ALWAYS);
      expect(outcome).toMatchObject({ status: 'FAILED', seconds: budget, id: type === 'Create' ? 'not-created' : OWNED });
      expect(outcome.reason).toMatch(new RegExp(`^iam:${action} failed: .*${reason}`));
      // Nothing is called after it.
      expect(distinctCalls()).toEqual([...CALLS[type].slice(0, CALLS[type].indexOf(action) + 1), 'PUT']);
      expect(iam.responses).toHaveLength(1);
    });

    test('latency of 4 s: waited for', async () => {
      expect(await handleWith(type, action, 'latency of 4 s', 1)).toMatchObject({ ...DONE[type], seconds: 4 });
      expect(iam.calls).toEqual([...CALLS[type], 'PUT']);
    });

    test('a hang that would outlast the function: FAILED 20 s before its end', async () => {
      expect(await handleWith(type, action, 'a hang', ALWAYS, 60)).toMatchObject({
        status: 'FAILED', seconds: 40, reason: expect.stringMatching(/^the function ran out of time\. Try again\. Its last log line: /),
      });
    });
  });

  describe('a response that is lost after IAM carried out the call', () => {
    test('of the creation: the role is adopted, because who created it is unknown', async () => {
      expect(await handleWith('Create', 'CreateServiceLinkedRole', 'a response lost by a TCP reset', 1)).toMatchObject({ ...CREATED, id: ROLE_NAME, seconds: 3 });
      expect(iam.calls.filter((call) => call === 'CreateServiceLinkedRole')).toHaveLength(2);
    });

    test('of the deletion: the running task is joined after another read', async () => {
      iam.model.deletionPlan = () => ({ duration: 3 * SECOND });
      expect(await handleWith('Delete', 'DeleteServiceLinkedRole', 'a response lost by a TCP reset', 1)).toMatchObject({ ...DELETED, seconds: 3 });
      expect(iam.calls.slice(0, 5)).toEqual(['GetRole', 'DeleteServiceLinkedRole', 'GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus']);
      expect(iam.model.state.tasks).toHaveLength(1);
    });

    test('of the deletion\'s end: the task is forgotten, and the role no longer exists', async () => {
      iam.model.deletionPlan = () => ({ duration: 0, remembered: 0 });
      expect(await handleWith('Delete', 'GetServiceLinkedRoleDeletionStatus', 'a response lost by a TCP reset', 1)).toMatchObject({ ...DELETED, seconds: 13 });
    });
  });

  describe('an empty 200 of', () => {
    test('GetRole counts as no role, and IAM refuses to create a second one', async () => {
      expect(await handleWith('Create', 'GetRole', 'an empty 200', 2)).toMatchObject(CREATED);

      reset();
      iam.model.createRole({ created: START - 3600 * SECOND });
      iam.faults.GetRole = [FAULTS['an empty 200'], FAULTS['an empty 200']];
      expect(await handle('Create')).toMatchObject({ ...CREATED, id: ROLE_NAME });
    });

    test('GetRole for 10 s before a deletion: the role is retained', async () => {
      expect(await handleWith('Delete', 'GetRole', 'an empty 200', ALWAYS)).toMatchObject({ status: 'SUCCESS', role: 'exists', seconds: 10 });
      expect(distinctCalls()).toEqual(['GetRole', 'PUT']);
    });

    test.each<['Create' | 'Delete', string, number, number]>([
      ['Create', 'CreateServiceLinkedRole', 2, 4],
      ['Delete', 'DeleteServiceLinkedRole', 1, 2],
      ['Delete', 'GetServiceLinkedRoleDeletionStatus', 1, 12],
    ])('%s, %s: the role is read again', async (type, action, times, seconds) => {
      expect(await handleWith(type, action, 'an empty 200', times)).toMatchObject({ ...DONE[type], seconds });
    });
  });

  describe.each(['Create', 'Delete'] as const)('%s, the response\'s URL meets', (type) => {
    test.each<[FaultName, number, number]>([
      ['503 without a body', 3, 63],
      ['403', 3, 63],
      ['a TCP reset', 3, 63],
      ['a hang', 13, 98],
    ])('%s: the same response is sent again for %i s if it ends, else the invocation fails after %i s', async (name, seconds, budget) => {
      expect(await handleWith(type, 'PUT', name, 2)).toMatchObject({ ...DONE[type], seconds });
      expect(iam.responses).toHaveLength(3);

      reset();
      expect(await handleWith(type, 'PUT', name, ALWAYS)).toMatchObject({
        ...DONE[type], status: 'CloudFormation did not accept the response; Lambda will retry the event', seconds: budget,
      });
      expect(iam.responses).toHaveLength(7);
    });
  });
});

// On the Node.js version that runs the tests; the task test:runtimes runs them on those that Lambda has.
describe(`the bundle, with real time on Node.js ${process.versions.node}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handler-'));
    await writeFile(join(folder, 'index.js'), HANDLER_CODE);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const INVOKE = `
    const { handler } = require('./index.js');
    const invocations = JSON.parse(process.argv[1]);
    (async () => {
      for (const [event, remainingTime] of invocations) await handler(event, { getRemainingTimeInMillis: () => remainingTime });
    })();`;

  test('creates, adopts and updates the role, refuses a wrong delay, and deletes the role once it is not in use', async () => {
    endpoint.iam = iam = new IamServer(new IamModel({ now: Date.now }));
    const failure = { Reason: 'in use', RoleUsageList: [{ Region: 'us-east-1', Resources: ['arn:<a>'] }] };
    iam.model.deletionPlan = (task) => ({ duration: 0, ...task === 0 && { failure } });
    const properties = { PropagationDelay: '0', DeleteRole: 'true' };
    const invocations: [CloudFormationCustomResourceEvent, number][] = [
      [eventAt(endpoint.url, 'Create', properties), 900_000],
      [eventAt(endpoint.url, 'Create', properties), 900_000],
      [eventAt(endpoint.url, 'Update', { ...properties, id: OWNED, Description: 'größer & <schöner>' }), 900_000],
      [eventAt(endpoint.url, 'Update', { ...properties, id: OWNED, PropagationDelay: '3000000' }), 900_000],
      [eventAt(endpoint.url, 'Delete', { ...properties, id: OWNED }), 20_500], // so that it does not request the deletion again for 30 s
      [eventAt(endpoint.url, 'Delete', { ...properties, id: OWNED }), 900_000],
    ];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', INVOKE, JSON.stringify(invocations)], {
      cwd: folder, env: { ...environment, NODE_PATH: join(__dirname, '../../node_modules') },
    });

    const { StackId, RequestId, LogicalResourceId } = someEvent('Create');
    const response = { StackId, RequestId, LogicalResourceId };
    const Data = {
      RoleArn: `arn:aws:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/${ROLE_NAME}`,
      RoleName: ROLE_NAME,
      RoleId: 'AROA1',
      CreateDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
    };
    expect(iam.responses.map((body) => JSON.parse(body))).toEqual([
      { ...response, Status: 'SUCCESS', PhysicalResourceId: OWNED, Data },
      { ...response, Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME, Data },
      { ...response, Status: 'SUCCESS', PhysicalResourceId: OWNED, Data },
      { ...response, Status: 'FAILED', PhysicalResourceId: OWNED, Reason: expect.stringMatching(/^PropagationDelay is "3000000"/) },
      { ...response, Status: 'FAILED', PhysicalResourceId: OWNED, Reason: expect.stringMatching(/Its last log line: IAM has not deleted the role yet \(in use\):/) },
      { ...response, Status: 'SUCCESS', PhysicalResourceId: OWNED },
    ]);
    expect(iam.calls.join()).toBe([
      'GetRole,CreateServiceLinkedRole,PUT', 'GetRole,PUT', 'GetRole,UpdateRoleDescription,PUT', 'PUT',
      ...Array.from({ length: 2 }, () => 'GetRole,DeleteServiceLinkedRole,GetServiceLinkedRoleDeletionStatus,PUT'),
    ].join());
    expect(iam.model.role).toBeUndefined();
    expect(stdout).not.toContain('SECRET');
    // Lambda has no Node.js 20, of which the SDK warns.
    expect(process.versions.node.startsWith('20.') ? '' : stderr).toBe('');
  });
});
