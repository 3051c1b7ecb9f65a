import { HANG, Simulation, sdkError, someEvent, someRole } from './simulation';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.iam.role = someRole();
});

const always = (fault: Error | typeof HANG) => Array.from({ length: 999 }, () => fault);

test.each([
  ['throttling', sdkError('Throttling', 400, 'Rate exceeded')],
  ['too many requests', sdkError('TooManyRequestsException', 429)],
  ['a concurrent change', sdkError('ConcurrentModificationException', 409)],
  ['a server error', sdkError('ServiceFailureException', 500)],
  ['a late permission', sdkError('AccessDenied', 403, 'not authorized')],
  ['a damaged answer', sdkError('SyntaxError', 200)],
  ['a lost connection', Object.assign(new Error('read ECONNRESET'), { name: 'Error' })],
])('%s is overcome, with growing pauses', async (_, error) => {
  simulation.iam.faults.GetRole = [error, error, error];
  expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.calls).toHaveLength(4);
  expect(simulation.secondsPassed).toBe(1 + 2 + 4);
});

test('a request that hangs is given up after ten seconds and made again', async () => {
  simulation.iam.faults.GetRole = [HANG];
  expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.secondsPassed).toBe(11);
});

test.each([
  ['AccessDenied', 403, 'User: x is not authorized to perform: iam:GetRole', 30],
  ['Throttling', 400, 'Rate exceeded', 120],
  ['ServiceFailureException', 500, 'try later', 120],
  ['ValidationError', 400, 'no', 0],
])('%s (%i) is believed in the end', async (name, status, message, seconds) => {
  simulation.iam.faults.GetRole = Array.from({ length: 99 }, () => sdkError(name, status, message));
  expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'FAILED', Reason: `iam:GetRole failed: ${name}: ${message}` });
  expect(simulation.secondsPassed).toBe(seconds);
});

test('an IAM that never answers ends in a failure that says so', async () => {
  simulation.iam.faults.GetRole = always(HANG);
  expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'FAILED', Reason: 'iam:GetRole failed: Error: no answer for 10 s' });
  expect(simulation.secondsPassed).toBeGreaterThanOrEqual(120);
  expect(simulation.secondsPassed).toBeLessThanOrEqual(130);
});

test('each failed try is one line of the log', async () => {
  simulation.iam.faults.GetRole = [sdkError('Throttling', 400, 'Rate exceeded')];
  await simulation.handle(someEvent('Create'));
  expect(simulation.log).toContain('iam:GetRole failed: Throttling: Rate exceeded; trying again');
});

test('nothing is called once the answer is decided', async () => {
  simulation.iam.faults.GetRole = always(HANG);
  const answer = await simulation.handle(someEvent('Create'), 60);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/^out of time; last step: Create not-created of /) });
  expect(simulation.log).toContain('iam:GetRole failed: Error: no answer for 10 s; trying again');
  const { length } = simulation.iam.calls;
  await simulation.clock.run(simulation.clock.sleep(1000 * 1000));
  expect(simulation.iam.calls).toHaveLength(length);
});
