import { missing, SECOND, sdkError, Simulation, someEvent, someRole, taken } from './simulation';
import { ROLE_NAME } from '../../src/contract';

// What mutation testing found untested.

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
});
const OWN = `${ROLE_NAME}/AROAOLD`;
const deletion = (id = OWN, DeleteRole = 'true') => simulation.handle(someEvent('Delete', { id, DeleteRole }));

test('the log tells each step of a creation', async () => {
  simulation.iam.faults.CreateServiceLinkedRole = [taken()];
  simulation.iam.faults.GetRole = [missing()];
  simulation.iam.role = someRole({ Description: 'theirs' });
  await simulation.handle(someEvent('Create', { Description: 'ours' }));
  expect(simulation.log).toEqual(expect.arrayContaining(['no role: creating it', 'the name is taken: looking again', 'changing the description from "theirs"']));
});

test('the log tells why a role is kept, and that it was deleted', async () => {
  await deletion(ROLE_NAME);
  expect(simulation.log[1]).toBe('keeping the role: this stack did not make it');
  simulation.iam.role = someRole();
  await deletion();
  expect(simulation.log).toContain('deleted the role');
});

test('a deletion names the role and the task, and looks at the role once', async () => {
  simulation.iam.role = someRole();
  simulation.iam.deletion = [{ Status: 'IN_PROGRESS' }, { Status: 'SUCCEEDED' }];
  const requests: object[] = [];
  const { call } = simulation.iam;
  simulation.iam.call = async (action, request) => {
    requests.push(request);
    return call(action, request);
  };
  await deletion();
  expect(requests).toEqual([{ RoleName: ROLE_NAME }, { RoleName: ROLE_NAME }, { DeletionTaskId: 'task/1' }, { DeletionTaskId: 'task/1' }]);
});

test('a failed deletion without a list of what uses the role is told', async () => {
  simulation.iam.role = someRole();
  simulation.iam.deletion = [{ Status: 'FAILED', Reason: { Reason: 'in use' } }];
  const { Reason } = await deletion();
  expect(Reason).toMatch(/^IAM did not delete .*: in use\./);
  expect(simulation.log).toContain(`${Reason} `);
});

test('an error of another name is not taken for a taken name', async () => {
  simulation.iam.faults.CreateServiceLinkedRole = [sdkError('LimitExceededException', 409, 'has been taken')];
  expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'FAILED' });
});

test('a description that IAM refuses is not tried again', async () => {
  simulation.iam.role = someRole();
  simulation.iam.faults.UpdateRoleDescription = [sdkError('UnmodifiableEntityException', 400)];
  expect(await simulation.handle(someEvent('Create', { Description: 'ours' }))).toMatchObject({ Status: 'FAILED' });
  expect(simulation.secondsPassed * SECOND).toBe(0);
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
  await deletion();
  expect(Buffer.byteLength(simulation.puts[0].body)).toBe(4096);
});
