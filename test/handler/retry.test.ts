import { ROLE_NAME } from '../../src/private/role-identity';
import { type Action, sdkError } from '../model/iam/iam-model';
import { fails, type Fault, hangs } from '../model/iam/scripted-iam';
import { SECOND } from '../model/iam/simulated-clock';
import { Simulation, someEvent } from '../model/simulation';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.existingRole();
});

const create = (remainingSeconds?: number) => simulation.handle(someEvent('Create'), remainingSeconds);
const always = (fault: Fault) => Array.from({ length: 999 }, () => fault);
/** As Node.js throws it if each address of a name refuses the connection. */
const connectionRefused = () => Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });

test.each([
  ['throttling', sdkError('Throttling', 400, 'Rate exceeded')],
  ['too many requests', sdkError('TooManyRequestsException', 429)],
  ['a concurrent change', sdkError('ConcurrentModification', 409)],
  ['a server error', sdkError('ServiceFailure', 500)],
  ['access denied by a policy that is not in effect yet', sdkError('AccessDenied', 403, 'not authorized')],
  ['a damaged response', Object.assign(new SyntaxError(), { $metadata: { httpStatusCode: 200 } })],
  ['a lost connection', new Error('read ECONNRESET')],
  ['a refused connection', connectionRefused()],
])('%s is retried, with growing pauses', async (_, error) => {
  simulation.iam.faults.getRole = [fails(error), fails(error), fails(error), fails(error), fails(error)];
  expect(await create()).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.actions).toHaveLength(6);
  expect(simulation.clock.secondsPassed).toBe(1 + 2 + 4 + 8 + 8);
});

test('a retry waits a random part of the pause, so that functions that failed together do not try again together', async () => {
  simulation.random = 0.25;
  simulation.iam.faults.getRole = Array.from({ length: 4 }, () => fails(sdkError('Throttling', 400)));
  expect(await create()).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.clock.secondsPassed).toBe((1 + 2 + 4 + 8) / 4);
});

test.each([[9.9, 1, 9.9], [10.1, 2, 10 + 1]])('a request whose response takes %d s is sent %i times', async (responseTime, attempts, seconds) => {
  simulation.iam.faults.getRole = [async (carryOut) => {
    await simulation.clock.sleep(responseTime * SECOND);
    return carryOut();
  }];
  expect(await create()).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.actions).toHaveLength(attempts);
  expect(simulation.clock.secondsPassed).toBe(seconds);
});

test.each([['AccessDenied', 403, 30], ['Throttling', 400, 120]])('%s (%i) is not final if it ends just before the last attempt, after %i s', async (code, status, seconds) => {
  simulation.iam.faults.getRole = always((carryOut) => {
    if (simulation.clock.secondsPassed < seconds - 0.1) {
      throw sdkError(code, status);
    }
    return carryOut();
  });
  expect(await create()).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.clock.secondsPassed).toBe(seconds);
});

test.each<[Error, string, number]>([
  [sdkError('AccessDenied', 403, 'User: x is not authorized to perform: iam:GetRole'), 'AccessDenied: User: x is not authorized to perform: iam:GetRole', 30],
  [sdkError('Throttling', 400, 'Rate exceeded'), 'Throttling: Rate exceeded', 120],
  [sdkError('ServiceFailure', 500, 'try later'), 'ServiceFailureException: try later', 120],
  [sdkError('LimitExceeded', 499, 'no'), 'LimitExceededException: no', 0],
  [connectionRefused(), 'AggregateError: ECONNREFUSED', 120],
  [sdkError('Unknown', 503, ''), 'Unknown: no message', 120],
])('%s is final after some time', async (error, reason, seconds) => {
  const before = { ...error, name: error.name, message: error.message };
  simulation.iam.faults.getRole = always(fails(error));
  expect(await create()).toMatchObject({ Status: 'FAILED', Reason: `iam:GetRole failed: ${reason}` });
  expect(simulation.clock.secondsPassed).toBe(seconds);
  // The error is the SDK's, and is left as it was.
  expect({ ...error, name: error.name, message: error.message }).toEqual(before);
});

test.each<[Action, 'Create' | 'Delete']>([
  ['getRole', 'Create'],
  ['createServiceLinkedRole', 'Create'],
  ['updateRoleDescription', 'Create'],
  ['deleteServiceLinkedRole', 'Delete'],
  ['getServiceLinkedRoleDeletionStatus', 'Delete'],
])('%s that IAM refuses is not retried, and the reason names the action', async (action, type) => {
  if (action === 'createServiceLinkedRole') {
    simulation.iam.deleteRole();
  }
  simulation.iam.faults[action] = [fails(sdkError('ValidationError', 400, 'no'))];
  expect(await simulation.handle(someEvent(type, { id: `${ROLE_NAME}/AROA1`, Description: 'ours', RemovalPolicy: 'destroy' }))).toMatchObject({
    Status: 'FAILED', Reason: `iam:${action[0].toUpperCase()}${action.slice(1)} failed: ValidationError: no`,
  });
  expect(simulation.clock.secondsPassed).toBe(0);
});

test('requests that always hang end in a failure that says so', async () => {
  simulation.iam.faults.getRole = always(hangs);
  expect(await create()).toMatchObject({ Status: 'FAILED', Reason: 'iam:GetRole failed: TimeoutError: no response for 10 s' });
  expect(simulation.clock.secondsPassed).toBe(130);
});

test('each failed attempt is one line of the log', async () => {
  simulation.iam.faults.getRole = [fails(sdkError('Throttling', 400, 'Rate exceeded'))];
  await create();
  expect(simulation.log).toContain('iam:GetRole failed: Throttling: Rate exceeded; retrying');
});

test.each<[string, Fault, number, string]>([
  ['a request hangs', hangs, 55, 'TimeoutError: no response for 10 s'],
  ['the pause before a retry lasts', fails(sdkError('Throttling', 400, 'Rate exceeded')), 57, 'Throttling: Rate exceeded'],
])('nothing is called or logged after the response, although %s; the reason has the error', async (_, fault, remainingSeconds, error) => {
  simulation.iam.faults.getRole = always(fault);
  const { Status, Reason } = await create(remainingSeconds);
  expect(Status).toBe('FAILED');
  expect(Reason).toMatch(/^the function ran out of time\. Try again\. Its last error: /);
  expect(Reason).toMatch(new RegExp(`Its last error: iam:GetRole failed: ${error}\\. Its last step: Create event: `));
  const counts = () => [simulation.iam.calls.length, simulation.log.length];
  const before = counts();
  await simulation.clock.run(simulation.clock.sleep(1000 * SECOND));
  expect(counts()).toEqual(before);
});

test('the reason when time runs out has no error of a call that has succeeded since', async () => {
  simulation.iam.deletionPlan = () => ({});
  simulation.iam.faults.getServiceLinkedRoleDeletionStatus = [fails(sdkError('Throttling', 400, 'Rate exceeded'))];
  const { Reason } = await simulation.handle(someEvent('Delete', { id: `${ROLE_NAME}/AROA1`, RemovalPolicy: 'destroy' }));
  expect(Reason).toMatch(/^the function ran out of time\. Try again\. Its last step: the deletion task \S+ is IN_PROGRESS; .* again$/);
});

test('the reason when time runs out has the error of a call that is retried, although the role was read since', async () => {
  simulation.iam.faults.updateRoleDescription = [fails(sdkError('Throttling', 400, 'Rate exceeded')), hangs];
  const { Reason } = await simulation.handle(someEvent('Create', { Description: 'ours' }), 25);
  expect(Reason).toMatch(/ Its last error: iam:UpdateRoleDescription failed: Throttling: Rate exceeded\. Its last step: updating the description from ""$/);
});

test('an aborted request is not retried', async () => {
  simulation.iam.faults.getRole = [() => new Promise((_, reject) => {
    simulation.iam.calls[0].abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
  })];
  await create(25);
  await simulation.clock.run(simulation.clock.sleep(1000 * SECOND));
  expect(simulation.log.join('\n')).not.toContain('retrying');
});
