import { HANG, RESPONSE_URL, SECOND, Simulation, someEvent, someRole } from './simulation';
import { ROLE_NAME } from '../../src/contract';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.iam.role = someRole();
});

const OWN = `${ROLE_NAME}/AROAOLD`;

function inUse(reason: string, ...resources: string[]) {
  simulation.iam.deletion = [{ Status: 'FAILED', Reason: { Reason: reason, RoleUsageList: [{ Region: 'us-east-1', Resources: resources }] } }];
  return simulation.handle(someEvent('Delete', { id: OWN, DeleteRole: 'true' }));
}

test('the answer goes to the event\'s URL with what CloudFormation needs to match it', async () => {
  await simulation.handle(someEvent('Create'));
  expect(simulation.puts).toHaveLength(1);
  expect(simulation.puts[0].url).toBe(RESPONSE_URL);
  expect(JSON.parse(simulation.puts[0].body)).toEqual({
    Status: 'SUCCESS',
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/S/1',
    RequestId: 'request-1',
    LogicalResourceId: 'Role',
    PhysicalResourceId: ROLE_NAME,
    Data: expect.objectContaining({ RoleId: 'AROAOLD' }),
  });
});

test('the answer to a Delete has no data', async () => {
  await simulation.handle(someEvent('Delete'));
  expect(Object.keys(JSON.parse(simulation.puts[0].body)).sort()).toEqual(['LogicalResourceId', 'PhysicalResourceId', 'RequestId', 'StackId', 'Status']);
});

test('the log tells what came, what was found and what was answered, and never the signed URL', async () => {
  simulation.putFaults = [new TypeError(`Failed to parse URL from ${RESPONSE_URL}`), 403];
  await simulation.handle(someEvent('Create'));
  const log = simulation.log.join('\n');
  expect(log).toContain('Create not-created of arn:aws:cloudformation:us-east-1:123456789012:stack/S/1, request request-1');
  expect(log).toContain('ready: arn:aws:iam::123456789012:role/aws-service-role');
  expect(log).toMatch(/answered {"StackId".*: TypeError/);
  expect(log).toMatch(/answered {"StackId".*: 403/);
  expect(log).toMatch(/answered {"StackId".*: 200/);
  expect(log).not.toContain('SECRET');
});

describe('in time', () => {
  test('a decision that takes too long is answered 20 s before Lambda ends', async () => {
    simulation.iam.role = someRole({ ageInSeconds: 0 });
    const answer = await simulation.handle(someEvent('Create', { PropagationDelay: '600' }), 300);
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/^out of time; last step: .* waiting 600 s for it to be usable$/);
    expect(simulation.puts.map(({ second }) => second)).toEqual([280]);
  });

  test('less time than the reserve is answered at once', async () => {
    simulation.iam.faults.GetRole = [HANG];
    expect(await simulation.handle(someEvent('Create'), 15)).toMatchObject({ Status: 'FAILED' });
    expect(simulation.puts[0].second).toBe(0);
  });

  test('what is decided late changes no answer', async () => {
    simulation.iam.role = undefined;
    await simulation.handle(someEvent('Create', { PropagationDelay: '60' }), 60);
    await simulation.clock.run(simulation.clock.sleep(600 * SECOND));
    expect(simulation.puts).toHaveLength(1);
    expect(JSON.parse(simulation.puts[0].body)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `${ROLE_NAME}/AROANEW` });
  });
});

describe('delivery', () => {
  test.each([[503], [new Error('socket hang up')]])('a PUT that meets %p is made again with the same body', async (fault) => {
    simulation.putFaults = [fault, fault];
    await simulation.handle(someEvent('Create'));
    expect(simulation.puts.map(({ second }) => second)).toEqual([0, 1, 3]);
    expect(new Set(simulation.puts.map(({ body }) => body)).size).toBe(1);
  });

  test('what a failed PUT met is logged by its name and code, and never with the URL', async () => {
    const refused = (properties: object) => Object.assign(new Error(`connect ${someEvent('Create').ResponseURL}`), properties);
    simulation.putFaults = [refused({ code: 'ECONNREFUSED' }), refused({ name: 'TypeError' })];
    await simulation.handle(someEvent('Create'));
    const outcomes = simulation.log.filter((line) => line.startsWith('answered')).map((line) => line.slice(line.lastIndexOf(':')));
    expect(outcomes).toEqual([': Error ECONNREFUSED', ': TypeError ', ': 200']);
    expect(simulation.log.join()).not.toContain(someEvent('Create').ResponseURL);
  });

  test('a PUT that hangs is given up after five seconds', async () => {
    simulation.putFaults = [HANG];
    await simulation.handle(someEvent('Create'));
    expect(simulation.puts.map(({ second }) => second)).toEqual([0, 6]);
  });

  test('an answer that is never taken makes the invocation fail, so that Lambda delivers the event again', async () => {
    simulation.putFaults = Array.from({ length: 99 }, () => 503);
    await expect(simulation.handle(someEvent('Create'))).rejects.toThrow('the answer was not taken: Lambda delivers the event again');
    expect(simulation.puts.map(({ second }) => second)).toEqual([0, 1, 3, 7, 15, 31, 63]);
  });

  test('late tries end five seconds before Lambda does', async () => {
    simulation.iam.faults.GetRole = [HANG];
    simulation.putFaults = Array.from({ length: 99 }, () => HANG);
    await expect(simulation.handle(someEvent('Create'), 25)).rejects.toThrow();
    expect(simulation.puts.map(({ second }) => second)).toEqual([5, 11]);
    expect(simulation.secondsPassed).toBe(16);
  });
});

describe('size', () => {
  const body = () => simulation.puts[0].body;
  const arn = (i: number) => `arn:aws:elasticache:us-east-1:123456789012:serverlesscache:größe-${i}`;

  test('a list that fits is whole', async () => {
    const { Reason } = await inUse('used', ...[1, 2, 3].map(arn));
    expect(Reason).toMatch(/In use by: us-east-1 arn\S+größe-1, us-east-1 arn\S+größe-2, us-east-1 arn\S+größe-3$/);
  });

  test.each([50, 5000])('of %i resources as many as fit are listed and the others counted', async (count) => {
    const { Reason } = await inUse('used', ...Array.from({ length: count }, (_, i) => arn(i)));
    const listed = Reason.match(/größe/g)!.length;
    expect(Reason).toContain(`, ${count - listed} more`);
    expect(Buffer.byteLength(body())).toBeLessThanOrEqual(4096);
    // The next one would not have fitted.
    expect(Buffer.byteLength(body()) + Buffer.byteLength(`, us-east-1 ${arn(listed)}`)).toBeGreaterThan(4096);
    // Nothing is lost: the log has them all.
    expect(simulation.log.join('\n')).toContain(arn(count - 1));
  });

  test.each(['ä', '"', '\n', '€', '😀'])('a message of many %p is cut to 4,096 bytes', async (character) => {
    const answer = await inUse(character.repeat(5000));
    expect(answer.Reason).toContain(character.repeat(300));
    expect(Buffer.byteLength(body())).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(body())).toBeGreaterThan(4096 - 16);
  });

  test('a message that leaves no room for its resources still counts them', async () => {
    const { Reason } = await inUse('x'.repeat(5000), arn(1), arn(2));
    expect(Reason).toMatch(/x\. In use by: 2 more$/);
    expect(Buffer.byteLength(body())).toBeLessThanOrEqual(4096);
  });
});

test('an error that is no SDK\'s is answered like any other', async () => {
  simulation.iam.role = someRole({ CreateDate: undefined });
  expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('undefined') });
});

test('an answer of 300 is none', async () => {
  simulation.iam.role = someRole();
  simulation.putFaults = [300];
  await simulation.handle(someEvent('Create'));
  expect(simulation.puts).toHaveLength(2);
});

test('a message is cut to exactly 4,096 bytes', async () => {
  simulation.iam.role = someRole();
  simulation.iam.deletion = [{ Status: 'FAILED', Reason: { Reason: 'x'.repeat(5000) } }];
  await simulation.handle(someEvent('Delete', { id: OWN, DeleteRole: 'true' }));
  expect(Buffer.byteLength(simulation.puts[0].body)).toBe(4096);
});

test('a try that would end exactly five seconds before Lambda does is still made', async () => {
  simulation.putFaults = [503];
  await simulation.handle(someEvent('Create'), 11);
  expect(simulation.puts.map(({ second }) => second)).toEqual([0, 1]);
});
