import { ROLE_NAME } from '../../src/private/role-identity';
import { sdkError } from '../model/iam/iam-model';
import { fails, type Fault, hangs, responds } from '../model/iam/scripted-iam';
import { SECOND } from '../model/iam/simulated-clock';
import { type HandlerResponse, OWNED, RESPONSE_URL, Simulation, someEvent } from '../model/simulation';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
});

const create = (properties: Parameters<typeof someEvent>[1] = {}, remainingSeconds?: number) =>
  simulation.handle(someEvent('Create', properties), remainingSeconds);
const seconds = () => simulation.puts.map(({ second }) => second);

function deleteInUse(reason: string, ...resources: string[]): Promise<HandlerResponse> {
  simulation.existingRole();
  simulation.iam.deletionPlan = () => ({ duration: 0, failure: { Reason: reason, ...resources.length > 0 && { RoleUsageList: [{ Region: 'us-east-1', Resources: resources }] } } });
  return simulation.handle(someEvent('Delete', { id: OWNED, RemovalPolicy: 'destroy' }));
}

describe('the response', () => {
  test.each([
    ['Create', { Data: expect.objectContaining({ RoleId: 'AROA1' }) }],
    ['Delete', {}],
  ] as const)('to a %s goes to the event\'s URL, with what CloudFormation identifies the event by, and %j', async (type, data) => {
    simulation.existingRole();
    expect(await simulation.handle(someEvent(type))).toEqual({
      Status: 'SUCCESS',
      StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/S/1',
      RequestId: 'request-1',
      LogicalResourceId: 'Role',
      PhysicalResourceId: ROLE_NAME,
      ...data,
    });
    expect(simulation.puts.map(({ url }) => url)).toEqual([RESPONSE_URL]);
  });

  test('to an error of the handler itself has its message', async () => {
    simulation.iam.faults.getRole = [responds({ Role: { ...simulation.existingRole(), CreateDate: undefined } })];
    expect(await create()).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'not-created', Reason: expect.stringContaining('undefined') });
  });
});

test('the log states what the event was, what was found and what was responded, and never the signed URL', async () => {
  simulation.existingRole();
  simulation.putFaults = [
    new TypeError(`Failed to parse URL from ${RESPONSE_URL}`), Object.assign(new Error(`connect ${RESPONSE_URL}`), { code: 'ECONNREFUSED' }), 'hangs', 403,
  ];
  await create();
  const body = simulation.puts[0].body;
  expect(simulation.log).toEqual([
    expect.stringMatching(/^Create event: /),
    `ready: arn:aws:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/${ROLE_NAME} (AROA1)`,
    'could not send the response: TypeError',
    'sending the response again in 1 s',
    'could not send the response: ECONNREFUSED',
    'sending the response again in 2 s',
    'could not send the response: TimeoutError',
    'sending the response again in 4 s',
    `responded ${body}: 403`,
    'sending the response again in 8 s',
    `responded ${body}: 200`,
  ]);
});

test('the first line of the log has the event with all properties, without the signed URL', async () => {
  const OldResourceProperties = { PropagationDelay: '60', RemovalPolicy: 'destroy', Description: 'old', Trigger: '1' };
  const event = Object.assign(someEvent('Update', { Description: 'two\nlines', Trigger: '2' }), { OldResourceProperties });
  await simulation.handle(event);
  const [, type, json] = /^(\w+) event: (.*)$/.exec(simulation.log[0])!;
  const { ResponseURL, ...logged } = event;
  expect(type).toBe('Update');
  expect(JSON.parse(json)).toEqual(logged);
  expect(logged).toMatchObject({ ResourceProperties: { Trigger: '2' }, OldResourceProperties: { Trigger: '1' } });
});

describe('time', () => {
  const outOfTime = /^the function ran out of time\. Try again\. Its last step: arn:\S+ was created at \S+: waiting 40\.1 s until it is 40\.1 s old$/;

  test.each([
    ['39.9', 39.9, { Status: 'SUCCESS' }],
    ['40.1', 40, { Status: 'FAILED', Reason: expect.stringMatching(outOfTime) }],
  ])('that the work takes, %s s, of a function that Lambda ends after 60 s: responds after %d s', async (value, second, response) => {
    simulation.existingRole({ ageInSeconds: 0 });
    expect(await create({ PropagationDelay: value }, 60)).toMatchObject(response);
    expect(seconds()).toEqual([second]);
  });

  test('that is shorter than the reserve: responds at once', async () => {
    simulation.iam.faults.getRole = [hangs];
    expect(await create({}, 15)).toMatchObject({ Status: 'FAILED' });
    expect(seconds()).toEqual([0]);
  });

  const throttled = fails(sdkError('Throttling', 400, 'Rate exceeded'));
  const rejectsOnceAborted: Fault = () => new Promise((_, reject) => {
    simulation.iam.calls[0].abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
  });

  test.each<[string, number, Fault, string]>([
    ['a request hangs', 55, hangs, 'Its last error: iam:GetRole failed: TimeoutError: no response for 10 s. '],
    ['the pause before a retry lasts', 57, throttled, 'Its last error: iam:GetRole failed: Throttling: Rate exceeded. '],
    ['a request is aborted', 25, rejectsOnceAborted, ''],
  ])('that ran out while %s: nothing is called, logged, or thrown afterward; the reason has the last error', async (
    _, remainingSeconds, fault, error,
  ) => {
    simulation.iam.faults.getRole = Array.from({ length: 999 }, () => fault);
    const { Reason } = await create({}, remainingSeconds);
    expect(Reason).toMatch(new RegExp(`^the function ran out of time\\. Try again\\. ${error}Its last step: Create event: `));
    expect(simulation.iam.calls.at(-1)!.abortSignal.aborted).toBe(true);

    const { length } = simulation.iam.calls;
    await simulation.clock.run(simulation.clock.sleep(1000 * SECOND));
    await new Promise(setImmediate); // lets Jest notice a rejection that nothing handles
    expect(simulation.iam.calls).toHaveLength(length);
    expect(simulation.log.slice(-2)).toEqual([expect.stringMatching(/^the function ran out of time/), expect.stringMatching(/^responded .*: 200$/)]);
    expect(simulation.puts).toHaveLength(1);
  });

  test('that ran out: the reason has the error of a call that is retried, although the role was read since', async () => {
    simulation.existingRole();
    simulation.iam.faults.updateRoleDescription = [throttled, hangs];
    const { Reason } = await create({ Description: 'ours' }, 25);
    expect(Reason).toMatch(
      / Its last error: iam:UpdateRoleDescription failed: Throttling: Rate exceeded\. Its last step: updating the description from ""$/,
    );
  });
});

describe('delivery', () => {
  beforeEach(() => {
    simulation.existingRole();
  });

  test.each([
    [200, true], [299, true], [199, false], [300, false], [403, false], [503, false], [new Error('200'), false],
  ])('%p is accepted: %p', async (fault, isAccepted) => {
    simulation.putFaults = [fault];
    await create();
    expect(simulation.puts).toHaveLength(isAccepted ? 1 : 2);
  });

  test.each([[4.9, [0]], [5.1, [0, 5 + 1]]])('that is accepted after %d s is sent at %j', async (responseTime, expected) => {
    simulation.putFaults = [simulation.clock.sleep(responseTime * SECOND).then(() => 200)];
    await create();
    expect(seconds()).toEqual(expected);
  });

  test.each([
    [6, 'SUCCESS'],
    [7, 'CloudFormation did not accept the response; Lambda will retry the event'],
  ])('that fails %i times is repeated with the same body, and ends the invocation with %j', async (times, outcome) => {
    simulation.putFaults = Array.from({ length: times }, () => 503);
    expect(await create().then(({ Status }) => Status, ({ message }) => message)).toBe(outcome);
    expect(seconds()).toEqual([0, 1, 3, 7, 15, 31, 63]);
    expect(new Set(simulation.puts.map(({ body }) => body)).size).toBe(1);
  });

  test('is repeated after a random part of the pause, in milliseconds', async () => {
    simulation.random = 1 / 3;
    simulation.putFaults = [503, 503];
    await create();
    expect(seconds()).toEqual([0, 0.333, 1]);
    expect(simulation.log).toContain('sending the response again in 0.667 s');
  });

  test.each([
    [11, [0, 1]],
    [10.9, [0]],
  ])('in a function that Lambda ends after %d s is tried at %j: each attempt has to end five seconds before', async (remainingSeconds, expected) => {
    simulation.putFaults = [503];
    await create({}, remainingSeconds).catch(() => {});
    expect(seconds()).toEqual(expected);
  });
});

describe('a reason', () => {
  const bytes = () => Buffer.byteLength(simulation.puts[0].body);
  const arn = (i: number) => `arn:aws:elasticache:us-east-1:123456789012:serverlesscache:größe-${i}`;

  test.each([50, 5000])('lists as many of %i resources as fit, and counts the others', async (count) => {
    const { Reason } = await deleteInUse('used', ...Array.from({ length: count }, (_, i) => arn(i)));
    const listed = Reason!.match(/größe/g)!.length;
    expect(Reason).toContain(`, ${count - listed} more`);
    expect(bytes()).toBeLessThanOrEqual(4096);
    // The next one would not have fitted.
    expect(bytes() + Buffer.byteLength(`, us-east-1 ${arn(listed)}`)).toBeGreaterThan(4096);
    // Nothing is lost: the log has them all.
    expect(simulation.log.join('\n')).toContain(arn(count - 1));
  });

  // With and without an offset of a byte, so that one of them would cut a pair in half.
  test.each(['ä', '"', '€', '😀'].flatMap((character) => [['', character], ['x', character]]))(
    'of %p and many %p is truncated between two characters, to at most 4,096 bytes', async (offset, character) => {
      const { Reason } = await deleteInUse(offset + character.repeat(5000));
      expect(Reason).toMatch(new RegExp(`: ${offset}(${character}){300,}$`, 'u'));
      expect(bytes()).toBeLessThanOrEqual(4096);
      expect(bytes()).toBeGreaterThan(4096 - 4);
    });

  test('that leaves no room for the resources counts them', async () => {
    const { Reason } = await deleteInUse('x'.repeat(5000), arn(1));
    expect(Reason).toMatch(/x In use by: 1 more$/);
    expect(bytes()).toBe(4096);
  });

  test('has no control characters', async () => {
    const { Reason } = await deleteInUse('a\nb\tc\u0000d\u001Fe\u007Ff\u0085g\u009Fh i\u00A0j', 'arn:\r\nb');
    expect(Reason).toContain(': a b c d e f g h i\u00A0j. ');
    expect(Reason).toContain('us-east-1 arn:  b');
  });
});
