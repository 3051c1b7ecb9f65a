import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import { ROLE_NAME, ROLE_PATH } from '../../src/private/role-identity';
import { noSuchRole, sdkError } from '../model/iam/iam-model';
import { fails, follows, hangs, losesResponse, responds, showsStateOf } from '../model/iam/scripted-iam';
import { SECOND, START } from '../model/iam/simulated-clock';
import { Simulation, someEvent } from '../model/simulation';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.existingRole();
});

const OWNED = `${ROLE_NAME}/AROA1`;
const TASK = `task${ROLE_PATH}${ROLE_NAME}/00000000-0000-4000-8000-000000000000`;
const deletion = (id = OWNED, RemovalPolicy = 'destroy') => simulation.handle(someEvent('Delete', { id, RemovalPolicy }));
const countOf = (action: string) => simulation.iam.actions.filter((called) => called === action).length;

test.each([
  ['adopted', ROLE_NAME, 'destroy', 'this stack did not create it'],
  ['of a Create that failed', 'not-created', 'destroy', 'this stack did not create it'],
  ['whose ID CloudFormation generated', 'S-Role-1ABC', 'destroy', 'this stack did not create it'],
  ['of another name', 'AnotherRole/AROA1', 'destroy', 'this stack did not create it'],
  ['with RETAIN', OWNED, 'retain', 'its removal policy is "retain"'],
])('a role %s: calls nothing, and logs why', async (_, id, policy, reason) => {
  expect(await deletion(id, policy)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
  expect(simulation.iam.actions).toEqual([]);
  expect(simulation.log[1]).toBe(`retaining the role: ${reason}`);
});

test('another role in its place is retained', async () => {
  simulation.existingRole();
  expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
  expect(new Set(simulation.iam.actions)).toEqual(new Set(['getRole']));
  expect(simulation.log).toContain('the role with the recorded ID no longer exists');
});

test.each([
  [5, 'is deleted', ['deleteServiceLinkedRole', 'getServiceLinkedRoleDeletionStatus']],
  [6, 'counts as deleted', []],
])('a role that %i reads within 10 s do not show %s', async (reads, _, calls) => {
  const previousRole = { RoleId: 'AROA0', CreateDate: new Date(0) };
  simulation.iam.faults.getRole = [...Array.from({ length: reads - 1 }, () => fails(noSuchRole())), responds({ Role: previousRole })];
  expect(await deletion()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED });
  expect(simulation.iam.actions).toEqual([...Array.from({ length: 6 }, () => 'getRole'), ...calls]);
  expect(simulation.clock.secondsPassed).toBe(10);
});

test('a read that lags behind one which showed a newer role is not believed', async () => {
  simulation.existingRole({ ageInSeconds: 0 });
  simulation.iam.faults.getRole = [(carryOut) => carryOut(), showsStateOf(START - SECOND)];
  expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.actions).not.toContain('deleteServiceLinkedRole');
});

test('the role is deleted, and the end of the deletion awaited', async () => {
  simulation.iam.deletionPlan = () => ({ duration: 5_000 });
  simulation.iam.faults.getServiceLinkedRoleDeletionStatus = [responds({ Status: 'NOT_STARTED' })];
  expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.calls.map(({ action, request }) => [action, request])).toEqual([
    ['getRole', { RoleName: ROLE_NAME }],
    ['deleteServiceLinkedRole', { RoleName: ROLE_NAME }],
    ...Array.from({ length: 4 }, () => ['getServiceLinkedRoleDeletionStatus', { DeletionTaskId: TASK }]),
  ]);
  expect(simulation.clock.secondsPassed).toBe(6);
  expect(simulation.iam.role).toBeUndefined();
  // One line a status, not one a call.
  expect(simulation.log.slice(1, -1)).toEqual([
    `the deletion task ${TASK} is NOT_STARTED; to wait for it again, delete the stack again`,
    `the deletion task ${TASK} is IN_PROGRESS; to wait for it again, delete the stack again`,
    'deleted the role',
  ]);
});

describe('a request', () => {
  test('that hangs is not sent again if another role replaced this one', async () => {
    simulation.iam.faults.deleteServiceLinkedRole = [hangs];
    simulation.after(5, () => simulation.iam.createRole());
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.role).toMatchObject({ RoleId: 'AROA2' });
    expect(countOf('deleteServiceLinkedRole')).toBe(1);
  });

  test('whose response is lost joins the running task', async () => {
    simulation.iam.deletionPlan = () => ({ duration: 60_000 });
    simulation.iam.faults.deleteServiceLinkedRole = [losesResponse];
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.state.tasks).toHaveLength(1);
  });

  test('that finds the role deleted by others ends in success', async () => {
    simulation.iam.faults.deleteServiceLinkedRole = [follows(() => simulation.iam.deleteRole())];
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
  });

  test('whose response has no task ID is sent again while the role exists', async () => {
    simulation.iam.faults.deleteServiceLinkedRole = [responds({})];
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.actions).toEqual(['getRole', 'deleteServiceLinkedRole', 'getRole', 'deleteServiceLinkedRole', 'getServiceLinkedRoleDeletionStatus']);
    expect(simulation.log).toContain('IAM has no deletion task: reading the role again');
    expect(simulation.clock.secondsPassed).toBe(2);
  });
});

describe('a deletion task', () => {
  test('that IAM has forgotten ends in success if the role no longer exists', async () => {
    simulation.iam.deletionPlan = () => ({ duration: 1_000 });
    simulation.iam.faults.getServiceLinkedRoleDeletionStatus = [(carryOut) => carryOut(), fails(sdkError('NoSuchEntity', 404))];
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.actions.slice(2)).toEqual([
      'getServiceLinkedRoleDeletionStatus', 'getServiceLinkedRoleDeletionStatus', ...Array.from({ length: 6 }, () => 'getRole'),
    ]);
    expect(simulation.log).toContain('IAM has no deletion task: reading the role again');
  });

  test('whose status is unknown once is joined again', async () => {
    simulation.iam.deletionPlan = () => ({ duration: 5_000 });
    simulation.iam.faults.getServiceLinkedRoleDeletionStatus = [fails(sdkError('NoSuchEntity', 404))];
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.state.tasks).toHaveLength(1);
  });

  test('that does not end fails in time, with its status and ID', async () => {
    simulation.iam.deletionPlan = () => ({});
    expect(await deletion()).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: OWNED,
      Reason: `the function ran out of time. Try again. Its last step: the deletion task ${TASK} is IN_PROGRESS; to wait for it again, delete the stack again`,
    });
    expect(simulation.puts[0].second).toBe(880);
  });
});

describe('a role in use', () => {
  const ADVICE = 'Delete the resources that use it, then delete the stack again, or retain this resource.';
  const inUse = (failure: DeletionTaskFailureReasonType, duration = 0) => {
    simulation.iam.deletionPlan = () => ({ duration, failure });
  };

  test('fails after 30 s with the reason, the Regions and the ARNs; each request follows a read', async () => {
    inUse({
      Reason: 'A service-linked role is required for ElastiCache.',
      RoleUsageList: [
        { Region: 'us-east-1', Resources: ['arn:aws:elasticache:us-east-1:123456789012:serverlesscache:a', 'arn:b'] },
        { Region: 'eu-west-1' },
        { Resources: ['arn:c'] },
      ],
    });
    const reason = `IAM did not delete ${ROLE_NAME}: A service-linked role is required for ElastiCache. ${ADVICE}`;
    expect(await deletion()).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: OWNED,
      Reason: `${reason} In use by: us-east-1 arn:aws:elasticache:us-east-1:123456789012:serverlesscache:a, us-east-1 arn:b, eu-west-1, arn:c`,
    });
    expect(simulation.clock.secondsPassed).toBe(30);
    expect(simulation.iam.actions).toEqual(Array.from({ length: 16 }, () => ['getRole', 'deleteServiceLinkedRole', 'getServiceLinkedRoleDeletionStatus']).flat());
    expect(simulation.log).toContain('IAM has not deleted the role yet (A service-linked role is required for ElastiCache.): requesting the deletion again');
    expect(simulation.iam.role).toBeDefined();
  });

  test.each([[29.9, 'SUCCESS', 30 + 4], [30.1, 'FAILED', 30]])('that is released after %d s: %s', async (released, status, seconds) => {
    inUse({ Reason: 'in use' });
    simulation.after(released, () => { simulation.iam.deletionPlan = () => ({ duration: 3_000 }); });
    expect(await deletion()).toMatchObject({ Status: status });
    expect(simulation.clock.secondsPassed).toBe(seconds);
  });

  test('that another one replaces is not requested again', async () => {
    inUse({ Reason: 'in use' });
    simulation.after(11, () => simulation.iam.createRole());
    expect(await deletion()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.role).toMatchObject({ RoleId: 'AROA2' });
    expect(countOf('deleteServiceLinkedRole')).toBe(6);
  });

  test('counts its 30 s from the first failure, not from the request', async () => {
    inUse({ Reason: 'in use' }, 20_000);
    expect(await deletion()).toMatchObject({ Status: 'FAILED' });
    expect(simulation.clock.secondsPassed).toBe(20 + 2 + 20 + 2 + 20);
  });

  test.each([
    ['without a reason', undefined, 'it gave no reason'],
    ['without a list of resources', { Reason: 'in use' }, 'in use'],
  ])('%s: the message is still one sentence', async (_, failure, shown) => {
    simulation.iam.faults.getServiceLinkedRoleDeletionStatus = Array.from({ length: 16 }, () => responds({ Status: 'FAILED', Reason: failure }));
    simulation.iam.deletionPlan = () => ({});
    expect((await deletion()).Reason).toBe(`IAM did not delete ${ROLE_NAME}: ${shown}. ${ADVICE}`);
  });
});
