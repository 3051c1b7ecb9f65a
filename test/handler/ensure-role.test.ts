import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import { nameTaken, noSuchRole, sdkError } from '../model/iam/iam-model';
import { fails, type Fault, follows, losesResponse, responds, showsStateOf } from '../model/iam/scripted-iam';
import { SECOND, START } from '../model/iam/simulated-clock';
import { type HandlerResponse, OWNED, Simulation, someEvent } from '../model/simulation';

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
});

const REGULAR_ROLE_REASON = `a regular IAM role uses the reserved name: arn:aws:iam::123456789012:role/${ROLE_NAME}. Delete it, then deploy again.`;
const description = () => simulation.iam.role?.Description;

describe.each(['Create', 'Update'] as const)('%s', (type) => {
  const ensure = (properties: Parameters<typeof someEvent>[1] = {}): Promise<HandlerResponse> => simulation.handle(someEvent(type, properties));

  test('adopts an old role with one call and no wait', async () => {
    simulation.existingRole({ Description: 'theirs' });
    expect(await ensure()).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: ROLE_NAME,
      Data: { RoleArn: `arn:aws:iam::123456789012:role${ROLE_PATH}${ROLE_NAME}`, RoleName: ROLE_NAME, RoleId: 'AROA1', CreateDate: '2025-12-31T12:00:00.000Z' },
    });
    expect(simulation.iam.actions).toEqual(['getRole']);
    expect(simulation.clock.secondsPassed).toBe(0);
    expect(description()).toBe('theirs');
  });

  test('creates a missing role, waits until it is old enough, and owns it', async () => {
    expect(await ensure({ Description: 'ours' })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED, Data: { RoleId: 'AROA1' } });
    expect(simulation.iam.calls.map(({ action, request }) => [action, request])).toEqual([
      ['getRole', { RoleName: ROLE_NAME }],
      ['createServiceLinkedRole', { AWSServiceName: SERVICE_PRINCIPAL, Description: 'ours' }],
      ['getRole', { RoleName: ROLE_NAME }],
    ]);
    expect(simulation.clock.secondsPassed).toBe(60);
    expect(description()).toBe('ours');
    expect(simulation.log).toContain('the account has no role: creating it');
  });

  test('waits the remaining 50 s for a role that another stack created 10 s ago', async () => {
    simulation.existingRole({ ageInSeconds: 10 });
    expect(await ensure()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
    expect(simulation.iam.actions).toEqual(['getRole', 'getRole']);
    expect(simulation.clock.secondsPassed).toBe(50);
    expect(simulation.log).toContain(
      `arn:aws:iam::123456789012:role${ROLE_PATH}${ROLE_NAME} was created at 2026-01-01T11:59:50.000Z: waiting 50 s until it is 60 s old`,
    );
  });

  test('waits no longer than the delay if IAM\'s clock is ahead', async () => {
    simulation.existingRole({ ageInSeconds: -5 });
    expect(await ensure()).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.clock.secondsPassed).toBe(60);
  });

  test('waits again for a role that replaced the other during the wait', async () => {
    simulation.existingRole({ ageInSeconds: 10 });
    simulation.after(20, () => simulation.iam.createRole());
    expect(await ensure()).toMatchObject({ PhysicalResourceId: ROLE_NAME, Data: { RoleId: 'AROA2' } });
    expect(simulation.clock.secondsPassed).toBe(80);
  });

  test('creates the role again if it was deleted during the wait', async () => {
    simulation.existingRole({ ageInSeconds: 10 });
    simulation.after(20, () => simulation.iam.deleteRole());
    expect(await ensure()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${ROLE_NAME}/AROA2` });
  });

  test('refuses a regular role that uses the reserved name, with its ARN', async () => {
    simulation.existingRole({ Path: '/' });
    expect(await ensure({ Description: 'ours' })).toMatchObject({ Status: 'FAILED', Reason: REGULAR_ROLE_REASON });
    expect(simulation.iam.actions).toEqual(['getRole']);
  });

  test('creates the role once the deletion of the previous one has ended', async () => {
    simulation.iam.faults.createServiceLinkedRole = [fails(nameTaken()), fails(nameTaken())];
    expect(await ensure()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED });
    expect(simulation.clock.secondsPassed).toBe(2 + 2 + 60);
    expect(simulation.log).toContain('the name is taken, by a role that is new or being deleted: reading again');
  });

  describe.each<[string, Fault, string]>([
    ['InvalidInput', fails(nameTaken()), `IAM reports that ${ROLE_NAME} exists`],
    ['EntityAlreadyExists', fails(sdkError('EntityAlreadyExists', 409)), `IAM reports that ${ROLE_NAME} exists`],
    ['a confirmation without the role', responds({}), `IAM created ${ROLE_NAME}`],
  ])('claims no role that another stack can have created: the response to the creation is %s', (_, fault, reported) => {
    test.each([
      [3, 60, { Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME, Data: { RoleId: 'AROA1' } }],
      [59, 118, { Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME }],
      [60, 120, { Status: 'FAILED', Reason: `${reported}, but GetRole did not return it for 2 minutes. Deploy again.` }],
    ])('after %i reads that do not show the role, which is new, it responds at %i s with %j', async (reads, seconds, response) => {
      simulation.existingRole({ ageInSeconds: 0 });
      simulation.iam.faults.getRole = Array.from({ length: reads }, () => fails(noSuchRole()));
      simulation.iam.faults.createServiceLinkedRole = Array.from({ length: reads }, () => fault);
      expect(await ensure()).toMatchObject(response);
      expect(simulation.clock.secondsPassed).toBe(seconds);
    });
  });

  test.each([
    ['InvalidInput of another kind', sdkError('InvalidInput', 400, 'Custom suffix is not allowed for elasticache.amazonaws.com')],
    ['another error that mentions a taken name', sdkError('LimitExceeded', 409, 'has been taken')],
  ])('fails with IAM\'s message at %s', async (_, error) => {
    simulation.iam.faults.createServiceLinkedRole = [fails(error)];
    expect(await ensure()).toMatchObject({ Status: 'FAILED', Reason: `iam:CreateServiceLinkedRole failed: ${error.name}: ${error.message}` });
    expect(simulation.iam.actions).toEqual(['getRole', 'createServiceLinkedRole']);
  });

  test('adopts a role if the response to its creation was lost', async () => {
    simulation.iam.faults.createServiceLinkedRole = [losesResponse];
    expect(await ensure({ PropagationDelay: '0' })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
    expect(simulation.iam.actions).toEqual(['getRole', 'createServiceLinkedRole', 'createServiceLinkedRole', 'getRole']);
  });

  test('owns the role that it created although the first read after the wait does not show it', async () => {
    simulation.iam.faults.getRole = [fails(noSuchRole()), fails(noSuchRole())];
    expect(await ensure()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED });
  });

  test('that fails after it created the role does not claim it: the next deployment adopts it', async () => {
    simulation.iam.faults.getRole = [fails(noSuchRole()), fails(sdkError('ValidationError', 400))];
    expect(await ensure()).toMatchObject({ Status: 'FAILED', PhysicalResourceId: type === 'Create' ? 'not-created' : ROLE_NAME });
    expect(simulation.iam.role).toBeDefined();
  });

  describe('description', () => {
    test.each([
      ['theirs', 'ours', ['getRole', 'updateRoleDescription']],
      ['ours', 'ours', ['getRole']],
      [undefined, 'ours', ['getRole', 'updateRoleDescription']],
      [undefined, '', ['getRole']],
      ['theirs', '', ['getRole', 'updateRoleDescription']],
    ])('is %p, and %p is requested', async (present, requested, calls) => {
      simulation.existingRole({ Description: present });
      expect(await ensure({ Description: requested })).toMatchObject({ Status: 'SUCCESS' });
      expect(simulation.iam.actions).toEqual(calls);
      expect(description() ?? '').toBe(requested);
    });

    test('is updated once, although the next read does not show that', async () => {
      simulation.existingRole({ ageInSeconds: 10, Description: 'theirs' });
      simulation.iam.faults.getRole = [showsStateOf(START - SECOND), showsStateOf(START - SECOND)];
      expect(await ensure({ Description: 'ours' })).toMatchObject({ Status: 'SUCCESS' });
      expect(simulation.iam.actions).toEqual(['getRole', 'updateRoleDescription', 'getRole']);
      expect(simulation.iam.calls[1].request).toEqual({ RoleName: ROLE_NAME, Description: 'ours' });
      expect(simulation.log).toContain('updating the description from "theirs"');
    });

    test('is not updated again after the creation, whose response does not show it', async () => {
      simulation.iam.faults.getRole = [fails(noSuchRole()), responds({ Role: { RoleId: 'AROA1', Path: ROLE_PATH, CreateDate: new Date(START) } })];
      expect(await ensure({ Description: 'ours' })).toMatchObject({ Status: 'SUCCESS' });
      expect(simulation.iam.actions).toEqual(['getRole', 'createServiceLinkedRole', 'getRole']);
    });

    test.each<[string, Fault, number, object]>([
      ['another one replaced', follows(() => simulation.iam.createRole()), 60, { PhysicalResourceId: ROLE_NAME, Data: { RoleId: 'AROA2' } }],
      ['a regular one replaced', follows(() => simulation.iam.createRole({ Path: '/' })), 0, { Status: 'FAILED', Reason: REGULAR_ROLE_REASON }],
      ['was deleted', follows(() => simulation.iam.deleteRole()), 2 + 60, { PhysicalResourceId: `${ROLE_NAME}/AROA2` }],
      ['was deleted (where IAM denies access to a missing role)', () => {
        simulation.iam.deleteRole();
        throw sdkError('AccessDenied', 403);
      }, 1 + 2 + 60, { PhysicalResourceId: `${ROLE_NAME}/AROA2` }],
    ])('of a role that %s after the read', async (_, fault, seconds, response) => {
      simulation.existingRole({ Description: 'theirs' });
      simulation.iam.faults.updateRoleDescription = [fault];
      expect(await ensure({ Description: 'ours' })).toMatchObject(response);
      expect(simulation.clock.secondsPassed).toBe(seconds);
      expect(simulation.iam.actions.filter((action) => action === 'updateRoleDescription')).toHaveLength(1);
      expect(description()).toBe('ours');
    });

    test('of a role that UpdateRoleDescription does not find for two minutes: fails', async () => {
      simulation.existingRole();
      simulation.iam.faults.updateRoleDescription = Array.from({ length: 60 }, () => fails(noSuchRole()));
      expect(await ensure({ Description: 'ours' })).toMatchObject({
        Status: 'FAILED', Reason: `GetRole returned ${ROLE_NAME}, but UpdateRoleDescription did not return it for 2 minutes. Deploy again.`,
      });
    });

    test('is read again after an update whose response shows no role', async () => {
      simulation.existingRole();
      simulation.iam.faults.updateRoleDescription = [(carryOut) => {
        carryOut();
        return {};
      }];
      expect(await ensure({ Description: 'ours' })).toMatchObject({ Status: 'SUCCESS' });
      expect(simulation.iam.actions).toEqual(['getRole', 'updateRoleDescription', 'getRole']);
      expect(simulation.log).toContain('the role was deleted or replaced since it was read: reading again');
      expect(simulation.clock.secondsPassed).toBe(2);
    });
  });

  test.each([['0', 0], ['1.5', 1.5], ['600', 600]])('waits for the PropagationDelay %j', async (value, seconds) => {
    simulation.existingRole({ ageInSeconds: 0 });
    expect(await ensure({ PropagationDelay: value })).toMatchObject({ Status: 'SUCCESS' });
    expect(simulation.clock.secondsPassed).toBe(seconds);
  });
});

describe('Create', () => {
  test('that is delivered again adopts the role, because who created it is unknown', async () => {
    await simulation.handle(someEvent('Create'));
    expect(await simulation.handle(someEvent('Create'))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
  });

  test('that is delivered twice at once creates one role, and one response claims it', async () => {
    const responses = await simulation.handleAll(someEvent('Create'), someEvent('Create'));
    expect(responses.map(({ PhysicalResourceId }) => PhysicalResourceId).sort()).toEqual([ROLE_NAME, OWNED]);
    expect(new Set(responses.map(({ Data }) => Data?.RoleId))).toEqual(new Set(['AROA1']));
  });
});

// CloudFormation sends a Delete event for the previous ID after an Update that creates the role: by then, reads have to show the new one.
test.each([
  ['Create', '0', 0, []],
  ['Update', '9.9', 10, ['getRole']],
  ['Update', '10.1', 10.1, ['getRole']],
] as const)('%s that creates the role with the PropagationDelay %j waits %d s', async (type, value, seconds, furtherCalls) => {
  expect(await simulation.handle(someEvent(type, { PropagationDelay: value }))).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.actions).toEqual(['getRole', 'createServiceLinkedRole', ...furtherCalls]);
  expect(simulation.clock.secondsPassed).toBe(seconds);
});

test.each([
  ['an owned role', OWNED],
  ['one that another role replaced', `${ROLE_NAME}/AROA0`],
  ['an adopted role', ROLE_NAME],
  ['a resource whose ID CloudFormation generated', 'S-Role-1ABC'],
])('Update of %s keeps its ID', async (_, id) => {
  simulation.existingRole();
  expect(await simulation.handle(someEvent('Update', { id }))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
});
