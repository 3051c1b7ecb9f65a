import { type Action, sdkError } from '../model/iam/iam-model';
import { fails, type Fault } from '../model/iam/scripted-iam';
import { SECOND } from '../model/iam/simulated-clock';
import { OWNED, Simulation, someEvent } from '../model/simulation';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.existingRole();
});

/** A Create whose calls of GetRole meet the fault. */
const createWith = (times: number, fault: Fault) => {
  simulation.iam.faults.getRole = Array.from({ length: times }, () => fault);
  return simulation.handle(someEvent('Create'));
};

describe.each<[string, Error, string, number]>([
  ['access denied, by a policy that is not in effect yet', sdkError('AccessDenied', 403, 'not authorized'), 'AccessDenied: not authorized', 30],
  ['throttling', sdkError('Throttling', 400, 'Rate exceeded'), 'Throttling: Rate exceeded', 120],
  ['too many requests', sdkError('TooManyRequestsException', 429), 'TooManyRequestsException: TooManyRequestsException', 120],
  ['a concurrent change', sdkError('ConcurrentModification', 409, 'wait'), 'ConcurrentModificationException: wait', 120],
  ['a server error', sdkError('ServiceFailure', 500, 'try later'), 'ServiceFailureException: try later', 120],
  ['a server error without a message', sdkError('Unknown', 503, ''), 'Unknown: no message', 120],
  ['a damaged response', Object.assign(new SyntaxError('<'), { $metadata: { httpStatusCode: 200 } }), 'SyntaxError: <', 120],
  // As Node.js throws it if each address of a name refuses the connection.
  ['a refused connection', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'AggregateError: ECONNREFUSED', 120],
])('%s', (_, error, text, budget) => {
  test('is retried, with growing pauses', async () => {
    expect(await createWith(5, fails(error))).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.actions).toHaveLength(6);
    expect(simulation.clock.secondsPassed).toBe(1 + 2 + 4 + 8 + 8);
    expect(simulation.log).toContain(`iam:GetRole failed: ${text}; retrying`);
  });

  test(`is final after ${budget} s`, async () => {
    expect(await createWith(999, fails(error))).toMatchObject({ Status: 'FAILED', Reason: `iam:GetRole failed: ${text}` });
    expect(simulation.clock.secondsPassed).toBe(budget);
  });

  test('is not final if it ends just before the last attempt', async () => {
    const fault: Fault = (carryOut) => simulation.clock.secondsPassed < budget - 0.1 ? fails(error)(carryOut) : carryOut();
    expect(await createWith(999, fault)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.clock.secondsPassed).toBe(budget);
  });
});

test('a retry waits a random part of the pause, so that functions that failed together do not try again together', async () => {
  simulation.random = 0.25;
  expect(await createWith(4, fails(sdkError('Throttling', 400)))).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.clock.secondsPassed).toBe((1 + 2 + 4 + 8) / 4);
});

test.each([[9.9, 1, 9.9], [10.1, 2, 10 + 1]])('a request whose response takes %d s is sent %i times', async (responseTime, attempts, seconds) => {
  const fault: Fault = async (carryOut) => {
    await simulation.clock.sleep(responseTime * SECOND);
    return carryOut();
  };
  expect(await createWith(1, fault)).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.actions).toHaveLength(attempts);
  expect(simulation.clock.secondsPassed).toBe(seconds);
});

test.each<[Action, number, 'Create' | 'Delete']>([
  ['getRole', 400, 'Create'],
  ['getRole', 499, 'Create'],
  ['updateRoleDescription', 400, 'Create'],
  ['deleteServiceLinkedRole', 400, 'Delete'],
  ['getServiceLinkedRoleDeletionStatus', 400, 'Delete'],
])('%s that IAM refuses, with the status %i, is not retried, and the reason names the action', async (action, status, type) => {
  simulation.iam.faults[action] = [fails(sdkError('ValidationError', status, 'no'))];
  expect(await simulation.handle(someEvent(type, { id: OWNED, Description: 'ours', RemovalPolicy: 'destroy' }))).toMatchObject({
    Status: 'FAILED', Reason: `iam:${action[0].toUpperCase()}${action.slice(1)} failed: ValidationError: no`,
  });
  expect(simulation.clock.secondsPassed).toBe(0);
});
