import { execFile } from 'child_process';
import { promisify } from 'util';
import { IAM } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { iamClient } from '../../src/handler/iam';
import { putResponse } from '../../src/handler/put-response';
import { respond } from '../../src/handler/respond';
import { HANDLER_CODE } from '../../src/private/handler-code';
import { ROLE_NAME } from '../../src/private/role-identity';
import { IamModel, iamOf } from '../model/iam/iam-model';
import { errorAsXml, IamServer, replies, type WireReply } from '../model/iam/iam-server';
import { SECOND, SimulatedClock, START } from '../model/iam/simulated-clock';
import { type HandlerResponse, OWNED, someEvent } from '../model/simulation';

// The real SDK and the real PUT, against a server that responds as the model of IAM does and accepts the handler's responses.

const iam = new IamServer();

let url: string;
let environment: Record<string, string>;

beforeAll(async () => {
  url = await iam.open();
  environment = { AWS_ENDPOINT_URL_IAM: url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  Object.assign(process.env, environment);
});
afterAll(() => iam.close());

const eventOf = (...args: Parameters<typeof someEvent>): CloudFormationCustomResourceEvent =>
  ({ ...someEvent(...args), ResponseURL: `${url}/?Signature=SECRET` });

describe('with simulated time', () => {
  const error = (status: number, code: string, message: string) => replies(status, errorAsXml('Sender', code, message));

  let clock: SimulatedClock;
  const FAULTS = {
    'throttling': error(400, 'Throttling', 'Rate exceeded'),
    '500': error(500, 'ServiceFailure', 'try later'),
    '503 without a body': replies(503, ''),
    '403': error(403, 'AccessDenied', 'User: handler is not authorized'),
    'a TCP reset': (response) => response.socket?.resetAndDestroy(),
    'a hang': () => clock.goOn(),
    'truncated XML': replies(200, '<R><GetRoleResult><Role><Path>/aws-service'),
    'HTML': replies(200, '<!DOCTYPE html><html><body>Proxy<br></body></html>', 'text/html'),
    'an empty 200': replies(200, ''),
  } satisfies Record<string, WireReply>;
  type FaultName = keyof typeof FAULTS;

  /** Before a Delete, the role exists. The next calls of the action, or PUTs, meet the fault. */
  async function handle(type: 'Create' | 'Delete', action: string, name: FaultName, times = 999) {
    clock = new SimulatedClock();
    const model = new IamModel(clock);
    if (type === 'Delete') {
      model.createRole({ created: START - 3600 * SECOND });
    }
    iam.reset(model);
    iam.faults[action] = Array.from({ length: times }, () => FAULTS[name]);

    const log: string[] = [];
    const event = eventOf(type, { id: OWNED, PropagationDelay: '0', RemovalPolicy: 'destroy' });
    // Time stands still during requests.
    await clock.run(respond(event, 900 * SECOND, {
      clock,
      iam: iamOf((call, request, options) => clock.stopDuring<object>(iamClient[call](request, options))),
      put: (...args) => clock.stopDuring(putResponse(...args)),
      log: (line) => log.push(line),
      random: () => 1,
    }));

    expect(log.join('\n')).not.toContain('SECRET');
    expect(new Set(iam.responses).size).toBe(1); // each attempt sends the same
    const { Status, Reason = '', PhysicalResourceId } = JSON.parse(iam.responses[0]) as HandlerResponse;
    return { status: Status, reason: Reason, id: PhysicalResourceId, seconds: clock.secondsPassed, role: model.role ? 'exists' : 'absent' };
  }

  const success = (role: 'exists' | 'absent', seconds: number) => ({ status: 'SUCCESS', reason: '', id: OWNED, role, seconds });

  describe.each([
    ['Create', 'GetRole'],
    ['Create', 'CreateServiceLinkedRole'],
    ['Delete', 'GetRole'],
    ['Delete', 'DeleteServiceLinkedRole'],
    ['Delete', 'GetServiceLinkedRoleDeletionStatus'],
  ] as const)('%s, %s meets', (type, action) => {
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
      expect(await handle(type, action, name, 2)).toEqual(success(type === 'Create' ? 'exists' : 'absent', seconds));

      const outcome = await handle(type, action, name);
      expect(outcome).toMatchObject({ status: 'FAILED', seconds: budget, id: type === 'Create' ? 'not-created' : OWNED });
      expect(outcome.reason).toMatch(new RegExp(`^iam:${action} failed: .*${reason}`));
    });
  });

  test.each([
    ['Create', 'GetRole', 2, 'counts as no role', 'exists', 0],
    ['Delete', 'GetRole', 6, 'counts as no role', 'exists', 10],
    ['Create', 'CreateServiceLinkedRole', 2, 'has the role read again', 'exists', 4],
    ['Delete', 'DeleteServiceLinkedRole', 1, 'has the role read again', 'absent', 2],
    ['Delete', 'GetServiceLinkedRoleDeletionStatus', 1, 'has the role read again', 'absent', 12],
  ] as const)('%s, an empty 200 of %s, %i times: %s', async (type, action, times, _, role, seconds) => {
    expect(await handle(type, action, 'an empty 200', times)).toEqual(success(role, seconds));
  });

  test.each<[FaultName, number]>([
    ['503 without a body', 3],
    ['403', 3],
    ['a TCP reset', 3],
    ['a hang', 13],
  ])('the response\'s URL meets %s twice: the same response is sent again', async (name, seconds) => {
    expect(await handle('Create', 'PUT', name, 2)).toEqual(success('exists', seconds));
    expect(iam.responses).toHaveLength(3);
  });
});

// By that name, IamError states how long the attempt waited.
test('the SDK names its own time-out TimeoutError', async () => {
  iam.reset(new IamModel({ now: Date.now }));
  iam.faults.GetRole = [() => {}];
  const client = new IAM({ maxAttempts: 1, requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } });
  await expect(client.getRole({ RoleName: ROLE_NAME })).rejects.toMatchObject({ name: 'TimeoutError' });
  client.destroy();
});

// On the Node.js version that runs the tests; the task test:runtimes runs them on those that Lambda has.
describe(`the bundle, with real time on Node.js ${process.versions.node}`, () => {
  const INVOKE = `
    (async () => {
      for (const [event, remainingTime] of JSON.parse(process.argv[1])) {
        await exports.handler(event, { getRemainingTimeInMillis: () => remainingTime });
      }
    })();`;

  test('creates, adopts, and updates the role, and deletes it once it is not in use', async () => {
    const model = new IamModel({ now: Date.now });
    iam.reset(model);
    const failure = { Reason: 'in use', RoleUsageList: [{ Region: 'us-east-1', Resources: ['arn:<a>'] }] };
    model.deletionPlan = () => ({ duration: 0, ...model.state.tasks.length === 0 && { failure } });
    const properties = { PropagationDelay: '0', RemovalPolicy: 'destroy' };
    const invocations: [CloudFormationCustomResourceEvent, number][] = [
      [eventOf('Create', properties), 900_000],
      [eventOf('Create', properties), 900_000],
      [eventOf('Update', { ...properties, id: OWNED, Description: 'größer & <schöner>' }), 900_000],
      [eventOf('Delete', { ...properties, id: OWNED }), 21_900], // responds before it requests the deletion again, 2 s later
      [eventOf('Delete', { ...properties, id: OWNED }), 900_000],
    ];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', HANDLER_CODE + INVOKE, JSON.stringify(invocations)], {
      cwd: __dirname, env: environment,
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
      { ...response, Status: 'FAILED', PhysicalResourceId: OWNED, Reason: expect.stringMatching(/Its last step: IAM has not deleted the role yet \(in use\):/) },
      { ...response, Status: 'SUCCESS', PhysicalResourceId: OWNED },
    ]);
    expect(iam.calls.join()).toBe([
      'GetRole,CreateServiceLinkedRole,PUT', 'GetRole,PUT', 'GetRole,UpdateRoleDescription,PUT',
      ...Array.from({ length: 2 }, () => 'GetRole,DeleteServiceLinkedRole,GetServiceLinkedRoleDeletionStatus,PUT'),
    ].join());
    expect(model.role).toBeUndefined();
    expect(stdout).not.toContain('SECRET');
    // Lambda has no Node.js 20, of which the SDK warns.
    expect(process.versions.node.startsWith('20.') ? '' : stderr).toBe('');
  });
});
