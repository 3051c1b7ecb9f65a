import { HANG, missing, SECOND, Simulation, sdkError, someEvent, someRole, taken } from './simulation';
import { ROLE_NAME } from '../../src/contract';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
});

const OWN_OLD = `${ROLE_NAME}/AROAOLD`;
const OWN_NEW = `${ROLE_NAME}/AROANEW`;

describe.each(['Create', 'Update'] as const)('%s', (type) => {
  test('an old role is adopted with one call and no wait', async () => {
    simulation.iam.role = someRole({ Description: 'theirs' });
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: ROLE_NAME,
      Data: {
        RoleArn: `arn:aws:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/${ROLE_NAME}`,
        RoleName: ROLE_NAME,
        RoleId: 'AROAOLD',
        CreateDate: '2025-12-31T12:00:00.000Z',
      },
    });
    expect(simulation.iam.calls).toEqual(['GetRole']);
    expect(simulation.secondsPassed).toBe(0);
    expect(simulation.iam.role.Description).toBe('theirs');
  });

  test('an absent role is created, and owned once it is old enough', async () => {
    const answer = await simulation.handle(someEvent(type, { Description: 'ours' }));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWN_NEW, Data: { RoleId: 'AROANEW' } });
    expect(simulation.iam.calls).toEqual(['GetRole', 'CreateServiceLinkedRole', 'GetRole']);
    expect(simulation.secondsPassed).toBe(60);
    expect(simulation.iam.role?.Description).toBe('ours');
  });

  test('an absent role is usable at once where no delay is asked for', async () => {
    await simulation.handle(someEvent(type, { PropagationDelay: '0' }));
    expect(simulation.iam.calls).toEqual(['GetRole', 'CreateServiceLinkedRole']);
    expect(simulation.secondsPassed).toBe(0);
  });

  test('a role that another stack made ten seconds ago costs the remaining fifty', async () => {
    simulation.iam.role = someRole({ ageInSeconds: 10 });
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
    expect(simulation.iam.calls).toEqual(['GetRole', 'GetRole']);
    expect(simulation.secondsPassed).toBe(50);
  });

  test('a role from the future, as clocks differ, costs no more than the delay and the difference', async () => {
    simulation.iam.role = someRole({ ageInSeconds: -5 });
    await simulation.handle(someEvent(type));
    expect(simulation.secondsPassed).toBe(65);
  });

  test('a role that is replaced during the wait is waited for anew', async () => {
    simulation.iam.role = someRole({ ageInSeconds: 10 });
    void simulation.clock.sleep(20 * SECOND).then(() => {
      simulation.iam.role = someRole({ RoleId: 'AROATHIRD', ageInSeconds: -20 });
    });
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({ PhysicalResourceId: ROLE_NAME, Data: { RoleId: 'AROATHIRD' } });
    expect(simulation.secondsPassed).toBe(80);
  });

  test('a role that vanishes during the wait is created', async () => {
    simulation.iam.role = someRole({ ageInSeconds: 10 });
    void simulation.clock.sleep(20 * SECOND).then(() => {
      simulation.iam.role = undefined;
    });
    expect(await simulation.handle(someEvent(type))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWN_NEW });
  });

  test('an ordinary role of that name is refused, by its ARN', async () => {
    simulation.iam.role = someRole({ Path: '/' });
    const answer = await simulation.handle(someEvent(type, { id: OWN_OLD, Description: 'ours' }));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toBe(`arn:aws:iam::123456789012:role/${ROLE_NAME} is an ordinary role with the name of ElastiCache's: delete it, then deploy again`);
    expect(simulation.iam.calls).toEqual(['GetRole']);
  });

  test.each([
    ['InvalidInput', taken],
    ['EntityAlreadyExists', () => sdkError('EntityAlreadyExistsException', 409)],
  ])('a lost race (%s) adopts, once the winner is seen', async (_, error) => {
    simulation.iam.role = someRole({ ageInSeconds: 0 });
    simulation.iam.faults.GetRole = [missing(), missing(), missing()];
    simulation.iam.faults.CreateServiceLinkedRole = [error(), error(), error()];
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME, Data: { RoleId: 'AROAOLD' } });
    expect(simulation.secondsPassed).toBe(60);
  });

  test('a name that is taken by a role which is just being deleted is free for a role of our own then', async () => {
    simulation.iam.faults.CreateServiceLinkedRole = [taken(), taken()];
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWN_NEW });
    expect(simulation.secondsPassed).toBe(2 + 2 + 60);
  });

  test('a lost race whose winner stays unseen for two minutes fails and says so', async () => {
    simulation.iam.faults.GetRole = Array.from({ length: 61 }, missing);
    simulation.iam.role = someRole();
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: `IAM says that ${ROLE_NAME} exists but does not show it: deploy again` });
    expect(simulation.secondsPassed).toBe(118);
  });

  test('InvalidInput that says anything else fails with IAM\'s words', async () => {
    simulation.iam.faults.CreateServiceLinkedRole = [sdkError('InvalidInputException', 400, 'Custom suffix is not allowed for elasticache.amazonaws.com')];
    const answer = await simulation.handle(someEvent(type));
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: 'iam:CreateServiceLinkedRole failed: InvalidInputException: Custom suffix is not allowed for elasticache.amazonaws.com',
    });
    expect(simulation.iam.calls).toEqual(['GetRole', 'CreateServiceLinkedRole']);
  });

  test('a role whose creation was answered without it is adopted, since it may be another\'s', async () => {
    simulation.iam.faults.CreateServiceLinkedRole = [{}];
    simulation.iam.faults.GetRole = [missing()];
    simulation.iam.role = someRole();
    expect(await simulation.handle(someEvent(type))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
  });

  test('a creation whose answer was lost is adopted', async () => {
    simulation.iam.faults.CreateServiceLinkedRole = [HANG, taken()];
    simulation.iam.faults.GetRole = [missing()];
    simulation.iam.role = someRole();
    expect(await simulation.handle(someEvent(type))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
    expect(simulation.iam.calls).toEqual(['GetRole', 'CreateServiceLinkedRole', 'CreateServiceLinkedRole', 'GetRole']);
  });

  test.each([
    ['theirs', 'ours', ['GetRole', 'UpdateRoleDescription']],
    ['ours', 'ours', ['GetRole']],
    [undefined, 'ours', ['GetRole', 'UpdateRoleDescription']],
    [undefined, '', ['GetRole']],
    ['theirs', '', ['GetRole', 'UpdateRoleDescription']],
  ])('description %p, asked for %p', async (present, asked, calls) => {
    simulation.iam.role = someRole({ Description: present });
    expect(await simulation.handle(someEvent(type, { Description: asked }))).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.calls).toEqual(calls);
    expect(simulation.iam.role.Description ?? '').toBe(asked);
  });

  test('a description is changed once, though the next read does not show it yet', async () => {
    simulation.iam.role = someRole({ ageInSeconds: 10, Description: 'theirs' });
    simulation.iam.faults.GetRole = Array.from({ length: 2 }, () => ({ Role: simulation.iam.role && { ...simulation.iam.role, Description: 'theirs' } }));
    await simulation.handle(someEvent(type, { Description: 'ours' }));
    expect(simulation.iam.calls).toEqual(['GetRole', 'UpdateRoleDescription', 'GetRole']);
  });

  test('the description of a role that is not visible everywhere yet is changed with patience', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.UpdateRoleDescription = [missing(), missing()];
    expect(await simulation.handle(someEvent(type, { Description: 'ours' }))).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.secondsPassed).toBe(3);
  });

  test('properties without a number ask for no delay', async () => {
    simulation.iam.role = someRole({ ageInSeconds: 1 });
    await simulation.handle(someEvent(type, { PropagationDelay: undefined }));
    expect(simulation.secondsPassed).toBe(0);
  });
});

describe('Create', () => {
  test('that fails before it made the role leaves an id that stands for none', async () => {
    simulation.iam.faults.GetRole = [sdkError('ValidationError', 400)];
    expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'not-created' });
  });

  test('that fails after it made the role leaves the id by which the next Delete knows it', async () => {
    simulation.iam.faults.GetRole = [missing(), sdkError('ValidationError', 400)];
    expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'FAILED', PhysicalResourceId: OWN_NEW });
  });

  test('delivered a second time adopts what the first may have made', async () => {
    await simulation.handle(someEvent('Create'));
    expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
  });

  test('delivered twice at once makes one role, which one of the two remembers', async () => {
    const answers = await simulation.handleAll(someEvent('Create'), someEvent('Create'));
    expect(answers.map(({ PhysicalResourceId }) => PhysicalResourceId).sort()).toEqual([ROLE_NAME, OWN_NEW]);
    expect(new Set(answers.map(({ Data }) => Data?.RoleId))).toEqual(new Set(['AROANEW']));
  });
});

describe('Update', () => {
  test.each([
    ['the role that this stack made stays its own', OWN_OLD, OWN_OLD],
    ['a role that replaced it is adopted', `${ROLE_NAME}/AROAGONE`, ROLE_NAME],
    ['an adopted role stays adopted', ROLE_NAME, ROLE_NAME],
  ])('%s', async (_, id, expected) => {
    simulation.iam.role = someRole();
    expect(await simulation.handle(someEvent('Update', { id }))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: expected });
  });

  test('a role that somebody deleted is created anew, with a new id', async () => {
    expect(await simulation.handle(someEvent('Update', { id: OWN_OLD }))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWN_NEW });
  });

  test('delivered a second time gives the same answer', async () => {
    simulation.iam.role = someRole({ Description: 'theirs' });
    const event = someEvent('Update', { id: OWN_OLD, Description: 'ours' });
    expect(await simulation.handle(event)).toEqual(await simulation.handle(event));
    expect(simulation.iam.calls).toEqual(['GetRole', 'UpdateRoleDescription', 'GetRole']);
  });

  test('that fails after it made the role keeps the old id', async () => {
    simulation.iam.faults.GetRole = [missing(), sdkError('ValidationError', 400)];
    expect(await simulation.handle(someEvent('Update', { id: ROLE_NAME }))).toMatchObject({ Status: 'FAILED', PhysicalResourceId: ROLE_NAME });
  });
});

describe('Delete', () => {
  const deletion = (id: string, DeleteRole = 'true') => simulation.handle(someEvent('Delete', { id, DeleteRole }));

  test.each([
    ['adopted', ROLE_NAME, 'true'],
    ['not created', 'not-created', 'true'],
    ['of an id that CloudFormation made up', 'S-Role-1ABC', 'true'],
    ['not asked for', OWN_OLD, 'false'],
  ])('%s calls nothing', async (_, id, DeleteRole) => {
    simulation.iam.role = someRole();
    expect(await deletion(id, DeleteRole)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    expect(simulation.iam.calls).toEqual([]);
  });

  test('the log says why a role is kept', async () => {
    await deletion(ROLE_NAME);
    await deletion(OWN_OLD, 'false');
    expect(simulation.log).toContain('keeping the role: this stack did not make it');
    expect(simulation.log).toContain('keeping the role: its removal policy says so');
  });

  test('another role in its place is left alone', async () => {
    simulation.iam.role = someRole({ RoleId: 'AROAOTHER' });
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(new Set(simulation.iam.calls)).toEqual(new Set(['GetRole']));
    expect(simulation.log).toContain('the role that this stack made is gone or replaced');
  });

  test('a role that is gone is looked for patiently, then believed gone', async () => {
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.calls).toEqual(Array.from({ length: 6 }, () => 'GetRole'));
    expect(simulation.secondsPassed).toBe(10);
  });

  test('a read that still shows an older role is not believed at once', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.GetRole = [{ Role: someRole({ RoleId: 'AROAOLDER' }) }];
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.role).toBeUndefined();
  });

  test('a try without an answer is not made again on a role that came since', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.DeleteServiceLinkedRole = [HANG];
    void simulation.clock.sleep(5 * SECOND).then(() => {
      simulation.iam.role = someRole({ RoleId: 'AROAOTHER' });
    });
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.role).toMatchObject({ RoleId: 'AROAOTHER' });
    expect(simulation.iam.calls.filter((action) => action === 'DeleteServiceLinkedRole')).toHaveLength(1);
  });

  test('a try without an answer is made again while the role is there', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.DeleteServiceLinkedRole = [HANG];
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.role).toBeUndefined();
  });

  test('delivered a second time finds nothing left to do', async () => {
    simulation.iam.role = someRole();
    await deletion(OWN_OLD);
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWN_OLD });
    expect(simulation.iam.calls.filter((action) => action === 'DeleteServiceLinkedRole')).toHaveLength(1);
  });

  test('a role that becomes visible late is deleted', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.GetRole = [missing(), missing()];
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWN_OLD });
    expect(simulation.iam.role).toBeUndefined();
  });

  test('the role that this stack made is deleted, and the end awaited', async () => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = [{ Status: 'NOT_STARTED' }, { Status: 'IN_PROGRESS' }, { Status: 'IN_PROGRESS' }, { Status: 'SUCCEEDED' }];
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.iam.calls.slice(0, 3)).toEqual(['GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus']);
    expect(simulation.secondsPassed).toBe(6);
    // One line a status, not one a poll.
    expect(simulation.log.filter((line) => line.startsWith('the deletion is'))).toEqual([
      'the deletion is NOT_STARTED (task/1); to join it later, delete the stack again',
      'the deletion is IN_PROGRESS (task/1); to join it later, delete the stack again',
    ]);
  });

  test('a role that is deleted by somebody else at the same time is gone', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.DeleteServiceLinkedRole = [missing()];
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a role in use fails with the reason, the Regions and the ARNs', async () => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = [{
      Status: 'FAILED',
      Reason: {
        Reason: 'A service-linked role is required for ElastiCache',
        RoleUsageList: [
          { Region: 'us-east-1', Resources: ['arn:aws:elasticache:us-east-1:123456789012:serverlesscache:a', 'arn:b'] },
          { Region: 'eu-west-1' },
          { Region: 'eu-central-1', Resources: ['arn:c'] },
        ],
      },
    }];
    expect(await deletion(OWN_OLD)).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: OWN_OLD,
      Reason: `IAM did not delete ${ROLE_NAME}: A service-linked role is required for ElastiCache. Delete what uses it, then the stack again, or retain this resource. `
        + 'In use by: us-east-1 arn:aws:elasticache:us-east-1:123456789012:serverlesscache:a, us-east-1 arn:b, eu-central-1 arn:c',
    });
    expect(simulation.iam.role).toBeDefined();
  });

  test('a failure without a reason is still one sentence', async () => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = [{ Status: 'FAILED' }];
    expect((await deletion(OWN_OLD)).Reason).toBe(`IAM did not delete ${ROLE_NAME}: it gave no reason. Delete what uses it, then the stack again, or retain this resource`);
  });

  test('a task that IAM has forgotten is a success once the role is gone', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.GetServiceLinkedRoleDeletionStatus = [missing(), missing()];
    void simulation.clock.sleep(1 * SECOND).then(() => {
      simulation.iam.role = undefined;
    });
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.log).toContain('the deletion is unknown to IAM (task/1); to join it later, delete the stack again');
    // Seen once more at 0 s; then it stayed away from 2 s to 12 s.
    expect(simulation.secondsPassed).toBe(12);
  });

  test('a deletion that does not end fails in time, with the status and the task', async () => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = [{ Status: 'IN_PROGRESS' }];
    expect(await deletion(OWN_OLD)).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: OWN_OLD,
      Reason: 'out of time; last step: the deletion is IN_PROGRESS (task/1); to join it later, delete the stack again',
    });
    expect(simulation.puts[0].second).toBe(880);
  });

  test('a deletion that may not be started fails with IAM\'s words', async () => {
    simulation.iam.role = someRole();
    simulation.iam.faults.DeleteServiceLinkedRole = [sdkError('UnmodifiableEntityException', 400, 'no')];
    expect(await deletion(OWN_OLD)).toMatchObject({ Status: 'FAILED', Reason: 'iam:DeleteServiceLinkedRole failed: UnmodifiableEntityException: no' });
  });
});

describe('what is said and asked', () => {
  const deleteOwn = (id = OWN_OLD) => simulation.handle(someEvent('Delete', { id, DeleteRole: 'true' }));

  test('the log tells each step of a creation', async () => {
    simulation.iam.faults.CreateServiceLinkedRole = [taken()];
    simulation.iam.faults.GetRole = [missing()];
    simulation.iam.role = someRole({ Description: 'theirs' });
    await simulation.handle(someEvent('Create', { Description: 'ours' }));
    expect(simulation.log).toEqual(expect.arrayContaining(['no role: creating it', 'the name is taken: looking again', 'changing the description from "theirs"']));
  });

  test('the log tells why a role is kept, and that it was deleted', async () => {
    await deleteOwn(ROLE_NAME);
    expect(simulation.log[1]).toBe('keeping the role: this stack did not make it');
    simulation.iam.role = someRole();
    await deleteOwn();
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
    await deleteOwn();
    expect(requests).toEqual([{ RoleName: ROLE_NAME }, { RoleName: ROLE_NAME }, { DeletionTaskId: 'task/1' }, { DeletionTaskId: 'task/1' }]);
  });

  test('a failed deletion without a list of what uses the role is told', async () => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = [{ Status: 'FAILED', Reason: { Reason: 'in use' } }];
    const { Reason } = await deleteOwn();
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
});
