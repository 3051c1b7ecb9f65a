import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CreatePolicyCommand, CreateRoleCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { Aspects, Duration, NestedStack, RemovalPolicies, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as servicecatalog from 'aws-cdk-lib/aws-servicecatalog';
import { Construct } from 'constructs';
import { useLocalAws } from './accounts';
import { appWithAssets, assetBucket, cache, DESTROY, nativeRole, NO_DELAY, roleWith } from './declarations';
import { type Account, AWS_CLI_REQUIREMENTS, LOGICAL_ID, ROLE_NAME, SERVICE_PRINCIPAL } from './deployment';
import type { Fault } from './local-aws';
import { installedPython } from './python';
import { TEMPLATE } from '../../scripts/make-template';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, EnsureElastiCacheServiceLinkedRole } from '../../src';

const DENIED: Fault = { code: 'AccessDenied', status: 403, message: `User: tester is not authorized to perform: iam:CreateServiceLinkedRole on ${ROLE_NAME}` };
const THROTTLED: Fault = { code: 'Throttling', status: 400, message: 'Rate exceeded' };
const AN_HOUR = 3600;

const DEPLOY = ['deploy', '--method=direct', '--require-approval=never'] as const;
const FORCE_DESTROY = ['destroy', '--force'] as const;

// The tests mostly wait. Five run at once, each in its own account.
jest.setTimeout(120_000);

const emptyAccount = useLocalAws();

beforeAll(async () => {
  await installedPython(AWS_CLI_REQUIREMENTS, () => process.stderr.write('Installing the AWS CLI\n'));
}, 300_000);

const template = readFileSync(join(__dirname, '../..', TEMPLATE), 'utf8');
const NO_WAIT = { PropagationDelay: '0' };

/** Deploys the plain template with the AWS CLI, which reads the status of the stack every 30 seconds. */
function deployWithAwsCli(account: Account, ...options: string[]) {
  return account.awsCli('cloudformation', 'deploy', '--template-file', join(__dirname, '../..', TEMPLATE), '--stack-name', 'Plain',
    '--capabilities', 'CAPABILITY_IAM', '--parameter-overrides', 'PropagationDelay=0', ...options);
}

/** Declares the role and, after it, a resource that fails because the role exists. */
function failingAfterRoleWith(props: ElastiCacheServiceLinkedRoleProps) {
  return (stack: Stack) => nativeRole(stack).node.addDependency(roleWith(props)(stack));
}

/** Makes the next read after the creation of the role fail. Returns the ID of the role. */
async function failingAfterCreation(account: Account) {
  while (!(await account.calls()).includes('CreateServiceLinkedRole')) await setTimeout(100);
  const id = await account.roleId();
  await account.configure({ faults: { GetRole: { code: 'ValidationError', status: 400, message: 'try later', times: 1 } } });
  return id;
}

function cacheArn(account: Account) {
  return `arn:aws:elasticache:us-east-1:${account.id}:serverlesscache:sessions`;
}

/** In seconds. IAM's dates have no fractions of a second. */
function ageOfRole(outputs: Readonly<Record<string, string>>) {
  return (Date.now() - Date.parse(outputs.createDate)) / 1000;
}

// The longest tests are first, so that the others run beside them.
test.concurrent('a handler whose requests are always denied fails after 30 seconds with the message of IAM', async () => {
  const account = emptyAccount();
  await account.configure({ faults: { CreateServiceLinkedRole: DENIED } });
  const start = Date.now();

  const { events, calls } = await account.stack('Denied').deploy(roleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(Date.now() - start).toBeGreaterThan(30_000);
  expect(events).toContainEqual(expect.stringContaining(
    `${LOGICAL_ID} CREATE_FAILED iam:CreateServiceLinkedRole failed: AccessDenied: ${DENIED.message}`));
  expect(calls).not.toContain('DeleteServiceLinkedRole');
  expect(await account.role()).toBeUndefined();
});

test.concurrent('a role that is in use for 30 seconds fails the destruction with its users, and a later destruction deletes it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Role');
  const caches = account.stack('Caches');
  await stack.deploy(roleWith(DESTROY));
  await caches.deploy(cache);
  const start = Date.now();

  const { exitCode, output } = await stack.cdk(roleWith(DESTROY), ...FORCE_DESTROY);

  expect(Date.now() - start).toBeGreaterThan(30_000);
  expect(exitCode).not.toBe(0);
  expect(output.replace(/\s+/g, ' ')).toContain(`IAM did not delete ${ROLE_NAME}: The role is in use by the resources listed. Delete the resources that use it, `
    + `then delete the stack again, or retain this resource. In use by: us-east-1 ${cacheArn(account)}`);
  expect(await account.role()).toBeDefined();
  await caches.destroy();
  expect(await stack.cdk(roleWith(DESTROY), ...FORCE_DESTROY)).toMatchObject({ exitCode: 0 });
  expect(await account.role()).toBeUndefined();
});

test.concurrent('aws cloudformation deploy creates the role with the plain template, and changes nothing if deployed again', async () => {
  const account = emptyAccount();

  expect(await deployWithAwsCli(account)).toMatchObject({ exitCode: 0 });

  expect(await account.stack('Plain').recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
  const calls = await account.calls();
  expect(await deployWithAwsCli(account, '--no-fail-on-empty-changeset'))
    .toMatchObject({ exitCode: 0, output: expect.stringContaining('No changes to deploy. Stack Plain is up to date') });
  expect(await account.calls()).toEqual(calls);
});

test.concurrent('aws cloudformation deploy updates the description with the plain template', async () => {
  const account = emptyAccount();
  await account.stack('Plain').deployTemplate(template, NO_WAIT);

  expect(await deployWithAwsCli(account, 'Description=Caches & sessions')).toMatchObject({ exitCode: 0 });

  expect((await account.role())?.Description).toBe('Caches & sessions');
});

test.concurrent.each([
  ['PropagationDelay=601', "Parameter 'PropagationDelay' must be a number not greater than 600"],
  ['PermissionsBoundary=boundary', "Parameter 'PermissionsBoundary' must be empty or the ARN of a managed policy"],
])('aws cloudformation deploy fails with %s and one readable error', async (parameter, error) => {
  const account = emptyAccount();

  const { exitCode, output } = await deployWithAwsCli(account, parameter);

  expect(exitCode).not.toBe(0);
  expect(output.trim().split('\n').at(-1)).toBe(`An error occurred (ValidationError) when calling the CreateChangeSet operation: ${error}`);
  expect(await account.calls()).toEqual([]);
});

test.concurrent('a deployment to an empty account creates the role, waits until it is old enough, and returns its attributes', async () => {
  const account = emptyAccount();

  const { outputs, calls } = await account.stack('First').deploy(roleWith({ propagationDelay: Duration.seconds(3) }));

  expect(ageOfRole(outputs)).toBeGreaterThanOrEqual(3);
  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole', 'GetRole']);
  const role = await account.role();
  expect(role!.Description).toBeUndefined();
  expect(outputs).toEqual({
    roleArn: `arn:aws:iam::${account.id}:role/aws-service-role/${SERVICE_PRINCIPAL}/${ROLE_NAME}`,
    roleName: ROLE_NAME,
    roleId: role!.RoleId,
    createDate: role!.CreateDate!.toISOString(),
  });
});

test.concurrent('a second stack adopts an old role without waiting, and a native resource fails', async () => {
  const account = emptyAccount();
  await account.configure({ roleAge: AN_HOUR });
  const first = await account.stack('First').deploy(roleWith());
  const start = Date.now();

  const second = await account.stack('Second').deploy(roleWith());

  expect(Date.now() - start).toBeLessThan(20_000);
  expect(second.calls).toEqual(['GetRole']);
  expect(second.outputs).toEqual(first.outputs);
  const { events } = await account.stack('Native').deploy(nativeRole, 'ROLLBACK_COMPLETE');
  expect(events).toContainEqual(expect.stringMatching(/^Native CREATE_FAILED .*has been taken in this account/));
});

test.concurrent('a deployment that adopts a new role waits only for the remaining time', async () => {
  const account = emptyAccount();
  await account.configure({ roleAge: 60 });
  await account.createRole();

  const { outputs, calls } = await account.stack('Second').deploy(roleWith({ propagationDelay: Duration.seconds(70) }));

  expect(ageOfRole(outputs)).toBeGreaterThanOrEqual(70);
  // After the whole delay it would be 130.
  expect(ageOfRole(outputs)).toBeLessThan(120);
  expect(calls).toEqual(['GetRole', 'GetRole']);
});

test.concurrent('a role that GetRole does not return yet is adopted when GetRole returns it', async () => {
  const account = emptyAccount();
  await account.configure({ laggingReads: 2 });
  await account.createRole();

  const { calls } = await account.stack('Second').deploy(roleWith(NO_DELAY));

  // Each read is followed by a creation, because the name can also be taken by a role that is being deleted.
  const unseen = ['GetRole NoSuchEntity', 'CreateServiceLinkedRole InvalidInput'];
  expect(calls).toEqual([...unseen, ...unseen, 'GetRole']);
  expect(await account.stack('Second').recordedId()).toBe(ROLE_NAME);
});

test.concurrent('of two stacks deployed at once, one creates the role and one adopts it, and only the creator deletes it', async () => {
  const account = emptyAccount();
  const stacks = [account.stack('One'), account.stack('Other')];

  const outcomes = await Promise.all(stacks.map(stack => stack.deploy(roleWith(DESTROY))));

  const id = await account.roleId();
  expect(outcomes.map(({ outputs }) => outputs.roleId)).toEqual([id, id]);
  expect((await account.calls()).filter(call => call === 'CreateServiceLinkedRole')).toHaveLength(1);
  const recordedIds = await Promise.all(stacks.map(stack => stack.recordedId()));
  expect([...recordedIds].sort()).toEqual([ROLE_NAME, `${ROLE_NAME}/${id}`]);

  const [adopter, creator] = recordedIds[0] === ROLE_NAME ? stacks : [...stacks].reverse();
  await adopter.destroy();
  expect(await account.roleId()).toBe(id);
  await creator.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('in an empty account, a serverless cache fails without the role and is created after it', async () => {
  const account = emptyAccount();
  const { events } = await account.stack('Without').deploy(cache, 'ROLLBACK_COMPLETE');
  expect(events).toContainEqual(expect.stringMatching(
    /^Cache CREATE_FAILED .*Please create new role using IAM API CreateServiceLinkedRole.*ServiceLinkedRoleNotFoundFault/));

  const withRole = account.stack('With');
  await withRole.deploy(stack => cache(stack).node.addDependency(roleWith(DESTROY)(stack)));

  // The cache is deleted first, so that no resource uses the role.
  await withRole.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('a regular IAM role that uses the reserved name fails the deployment, and the reason contains its ARN', async () => {
  const account = emptyAccount();
  await account.iam.send(new CreateRoleCommand({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' }));

  const { events } = await account.stack('Wrong').deploy(roleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContainEqual(expect.stringContaining(
    `${LOGICAL_ID} CREATE_FAILED a regular IAM role uses the reserved name: arn:aws:iam::${account.id}:role/${ROLE_NAME}. Delete it, then deploy again.`));
  expect(await account.role()).toMatchObject({ Path: '/' });
});

test.concurrent.each([
  ['denied', DENIED],
  ['throttled', THROTTLED],
])('a handler whose first requests are %s creates the role', async (_, fault) => {
  const account = emptyAccount();
  await account.configure({ faults: { GetRole: { ...fault, times: 1 }, CreateServiceLinkedRole: { ...fault, times: 2 } } });

  const { calls } = await account.stack('Patient').deploy(roleWith(NO_DELAY));

  const refused = `CreateServiceLinkedRole ${fault.code}`;
  expect(calls).toEqual([`GetRole ${fault.code}`, 'GetRole NoSuchEntity', refused, refused, 'CreateServiceLinkedRole']);
});

test.concurrent('the description is set at creation and updated by an update', async () => {
  const account = emptyAccount();
  const stack = account.stack('Described');
  await stack.deploy(roleWith({ ...NO_DELAY, description: 'Caches & sessions' }));
  expect((await account.role())?.Description).toBe('Caches & sessions');
  const id = await account.roleId();

  const { outputs, calls } = await stack.deploy(roleWith({ ...NO_DELAY, description: 'Caches alone' }));

  expect(calls).toEqual(['GetRole', 'UpdateRoleDescription']);
  expect(outputs.roleArn).toBe(`arn:aws:iam::${account.id}:role/aws-service-role/${SERVICE_PRINCIPAL}/${ROLE_NAME}`);
  expect(await account.role()).toMatchObject({ RoleId: id, Description: 'Caches alone' });
});

test.concurrent('the description of an adopted role is updated', async () => {
  const account = emptyAccount();
  const id = await account.createRole('theirs');

  await account.stack('Described').deploy(roleWith({ ...NO_DELAY, description: 'ours' }));

  expect(await account.role()).toMatchObject({ RoleId: id, Description: 'ours' });
});

test.concurrent('the role keeps its description if none is requested, and if it is no longer requested', async () => {
  const account = emptyAccount();
  await account.createRole('theirs');
  const stack = account.stack('Undescribed');
  expect((await stack.deploy(roleWith(NO_DELAY))).calls).toEqual(['GetRole']);
  expect((await account.role())?.Description).toBe('theirs');

  await stack.deploy(roleWith({ ...NO_DELAY, description: 'ours' }));
  expect((await stack.deploy(roleWith(NO_DELAY))).calls).toEqual(['GetRole']);

  expect((await account.role())?.Description).toBe('ours');
});

test.concurrent('a failed creation retains the role that it created, which the next deployment adopts', async () => {
  const account = emptyAccount();
  const stack = account.stack('Failing');
  const failure = failingAfterCreation(account);
  const { events } = await stack.deploy(roleWith({ ...DESTROY, propagationDelay: Duration.seconds(3) }), 'ROLLBACK_COMPLETE');
  const id = await failure;

  expect(events).toEqual(expect.arrayContaining([`${LOGICAL_ID} CREATE_FAILED iam:GetRole failed: ValidationError: try later`, `${LOGICAL_ID} DELETE_COMPLETE`]));
  expect(await account.calls()).not.toContain('DeleteServiceLinkedRole');
  expect(await account.roleId()).toBe(id);
  await stack.destroy();
  await stack.deploy(roleWith(DESTROY));
  expect(await stack.recordedId()).toBe(ROLE_NAME);
});

test.concurrent('with --no-rollback, the deployment after a failed creation adopts the role and retains it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Failing');
  const failure = failingAfterCreation(account);
  expect(await stack.cdk(roleWith({ ...DESTROY, propagationDelay: Duration.seconds(3) }), ...DEPLOY, '--no-rollback')).toMatchObject({ exitCode: 1 });
  const id = await failure;
  expect(await stack.recordedId()).toBe('not-created');

  expect(await stack.cdk(roleWith(DESTROY), ...DEPLOY, '--no-rollback')).toMatchObject({ exitCode: 0 });

  expect(await stack.recordedId()).toBe(ROLE_NAME);
  expect(await account.calls()).not.toContain('DeleteServiceLinkedRole');
  expect(await account.roleId()).toBe(id);
});

test.concurrent('when a later resource fails, the rollback deletes a created role with DESTROY', async () => {
  const account = emptyAccount();

  const { events, calls } = await account.stack('Failing').deploy(failingAfterRoleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContainEqual(expect.stringMatching(/^Native CREATE_FAILED .*has been taken/));
  expect(calls).toContain('CreateServiceLinkedRole');
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when a later resource fails, the rollback retains an adopted role, even with DESTROY', async () => {
  const account = emptyAccount();
  const id = await account.createRole();

  const { events, calls } = await account.stack('Failing').deploy(failingAfterRoleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
  expect(calls).toEqual(['GetRole']);
  expect(await account.roleId()).toBe(id);
});

test.concurrent('when a later resource fails, the rollback retains a created role with RETAIN', async () => {
  const account = emptyAccount();

  const { calls } = await account.stack('Failing').deploy(failingAfterRoleWith(NO_DELAY), 'ROLLBACK_COMPLETE');

  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(await account.role()).toBeDefined();
});

test.concurrent('when a later resource fails, the rollback deletes a created role with RETAIN_ON_UPDATE_OR_DELETE, which retains it afterward', async () => {
  const account = emptyAccount();
  const props = { ...NO_DELAY, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE };
  await account.stack('Failing').deploy(failingAfterRoleWith(props), 'ROLLBACK_COMPLETE');
  expect(await account.role()).toBeUndefined();

  const stack = account.stack('Working');
  const { outputs } = await stack.deploy(roleWith(props));
  await stack.destroy();

  expect(await account.roleId()).toBe(outputs.roleId);
});

test.concurrent('when a later resource of an update fails, the rollback retains the role with DESTROY, and the stack still deletes it later', async () => {
  const account = emptyAccount();
  const stack = account.stack('Failing');
  const { outputs } = await stack.deploy(roleWith({ ...DESTROY, description: 'before' }));

  await stack.deploy(failingAfterRoleWith({ ...DESTROY, description: 'after' }), 'UPDATE_ROLLBACK_COMPLETE');

  expect(await account.role()).toMatchObject({ RoleId: outputs.roleId, Description: 'before' });
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is deleted, a created role is retained by default', async () => {
  const account = emptyAccount();
  const stack = account.stack('Kept');
  const { outputs } = await stack.deploy(roleWith(NO_DELAY));

  expect((await stack.destroy()).events).not.toContainEqual(expect.stringContaining('DELETE_FAILED'));

  expect(await account.roleId()).toBe(outputs.roleId);
});

test.concurrent('when the stack is deleted, a role with RETAIN is retained, even if RemovalPolicies destroys all resources', async () => {
  const account = emptyAccount();
  const stack = account.stack('Kept');
  const { outputs } = await stack.deploy(scope => {
    roleWith(NO_DELAY)(scope);
    RemovalPolicies.of(scope.node.root).destroy();
  });

  const { events, calls } = await stack.destroy();

  // CloudFormation sent the Delete event, which it does not with RETAIN.
  expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
  expect(calls).toEqual([]);
  expect(await account.roleId()).toBe(outputs.roleId);
});

test.concurrent('when the stack is deleted, an adopted role is retained with DESTROY', async () => {
  const account = emptyAccount();
  const id = await account.createRole();
  const stack = account.stack('Adopting');
  await stack.deploy(roleWith(DESTROY));

  const { events, calls } = await stack.destroy();

  expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
  expect(calls).toEqual([]);
  expect(await account.roleId()).toBe(id);
});

test.concurrent('when the stack is deleted, a role that replaced the created one is retained with DESTROY', async () => {
  const account = emptyAccount();
  const stack = account.stack('Replaced');
  await stack.deploy(roleWith(DESTROY));
  await account.deleteRole();
  const id = await account.createRole();

  await stack.destroy();

  expect(await account.roleId()).toBe(id);
});

test.concurrent('when the stack is deleted, the deletion of a role in use is requested again until no resource uses it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Role');
  await stack.deploy(roleWith(DESTROY));
  await account.configure({ inUse: { reason: 'The role is in use.', usage: [] } });
  const deletion = stack.destroy();
  const deletionFailed = async () => (await account.calls()).includes('GetServiceLinkedRoleDeletionStatus');
  while (!await deletionFailed()) await setTimeout(100);

  await account.configure({ inUse: null });

  expect((await deletion).calls).toEqual([
    'GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus', 'GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus',
  ]);
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is deleted, the handler waits for a deletion task that is in progress', async () => {
  const account = emptyAccount();
  await account.configure({ pendingDeletionSteps: 1 });
  const stack = account.stack('Role');
  await stack.deploy(roleWith(DESTROY));

  const { calls } = await stack.destroy();

  const status = 'GetServiceLinkedRoleDeletionStatus';
  expect(calls).toEqual(['GetRole', 'DeleteServiceLinkedRole', status, status]);
  expect(await account.role()).toBeUndefined();
});

test.concurrent('renaming the construct, moving it, and replacing it with another one retain the role with DESTROY', async () => {
  const account = emptyAccount();
  const stack = account.stack('Moving');
  // As the CDK CLI does, so that each step changes the template.
  const withPaths = (declare: (scope: Stack) => void) => (scope: Stack) => {
    scope.node.setContext('aws:cdk:enable-path-metadata', true);
    declare(scope);
  };
  await stack.deploy(withPaths(scope => new ElastiCacheServiceLinkedRole(scope, 'Role', DESTROY)));
  const [id, resources] = [await account.roleId(), await stack.resources()];
  const steps: ((scope: Stack) => void)[] = [
    scope => new ElastiCacheServiceLinkedRole(scope, 'Renamed', DESTROY),
    scope => new ElastiCacheServiceLinkedRole(new Construct(scope, 'Moved'), 'Renamed', DESTROY),
    scope => ['First', 'Second'].map(name => new ElastiCacheServiceLinkedRole(scope, name, DESTROY)),
    scope => new ElastiCacheServiceLinkedRole(scope, 'Second', DESTROY),
  ];

  for (const step of steps) {
    const { events, calls } = await stack.deploy(withPaths(step));

    expect(events).not.toContainEqual(expect.stringMatching(/ DELETE_/));
    expect(calls).toEqual([]);
  }

  expect(await stack.resources()).toEqual(resources);
  expect(await account.roleId()).toBe(id);
});

test.concurrent('when the stack is updated, a new propagation delay retains the role', async () => {
  const account = emptyAccount();
  const stack = account.stack('Patient');
  const { outputs } = await stack.deploy(roleWith(DESTROY));

  const updated = await stack.deploy(roleWith({ ...DESTROY, propagationDelay: Duration.seconds(1) }));

  expect(updated.events).toContain(`${LOGICAL_ID} UPDATE_COMPLETE`);
  expect(updated.outputs).toEqual(outputs);
  expect(await stack.recordedId()).toBe(`${ROLE_NAME}/${outputs.roleId}`);
  expect(await account.roleId()).toBe(outputs.roleId);
});

test.concurrent('a changed trigger checks the role with one call', async () => {
  const account = emptyAccount();
  const stack = account.stack('Triggered');
  const { outputs } = await stack.deploy(roleWith({ ...DESTROY, trigger: '1' }));

  const updated = await stack.deploy(roleWith({ ...DESTROY, trigger: '2' }));

  expect(updated.calls).toEqual(['GetRole']);
  expect(updated.outputs).toEqual(outputs);
  expect(await stack.recordedId()).toBe(`${ROLE_NAME}/${outputs.roleId}`);
});

test.concurrent('a changed trigger creates a role that was deleted by hand, and the stack deletes it later', async () => {
  const account = emptyAccount();
  const stack = account.stack('Triggered');
  const { outputs } = await stack.deploy(roleWith({ ...DESTROY, trigger: '1' }));
  await account.deleteRole();

  const updated = await stack.deploy(roleWith({ ...DESTROY, trigger: '2' }));

  expect(updated.outputs.roleId).not.toBe(outputs.roleId);
  expect(await account.roleId()).toBe(updated.outputs.roleId);
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('a changed trigger adopts a role that replaced the created one, and keeps the recorded ID', async () => {
  const account = emptyAccount();
  const stack = account.stack('Triggered');
  const { outputs } = await stack.deploy(roleWith({ ...DESTROY, trigger: '1' }));
  await account.deleteRole();
  const id = await account.createRole();

  const updated = await stack.deploy(roleWith({ ...DESTROY, trigger: '2' }));

  expect(updated.outputs.roleId).toBe(id);
  expect(updated.calls).toEqual(['GetRole']);
  expect(await stack.recordedId()).toBe(`${ROLE_NAME}/${outputs.roleId}`);
  await stack.destroy();
  expect(await account.roleId()).toBe(id);
});

test.concurrent('when the stack is updated, a role that its creator deleted is created again by the stack that had adopted it', async () => {
  const account = emptyAccount();
  const [creator, adopter] = [account.stack('Creator'), account.stack('Adopter')];
  await creator.deploy(roleWith(DESTROY));
  await adopter.deploy(roleWith(DESTROY));
  await creator.destroy();
  expect(await account.role()).toBeUndefined();

  const { outputs } = await adopter.deploy(roleWith({ ...DESTROY, description: 'mine now' }));

  expect(await adopter.recordedId()).toBe(`${ROLE_NAME}/${outputs.roleId}`);
  await adopter.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is updated from RETAIN to DESTROY, the stack deletes the role later', async () => {
  const account = emptyAccount();
  const stack = account.stack('Changing');
  await stack.deploy(roleWith(NO_DELAY));

  await stack.deploy(roleWith(DESTROY));

  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is updated, removing the declaration deletes a created role with DESTROY', async () => {
  const account = emptyAccount();
  const stack = account.stack('Shrinking');
  const beside = (scope: Stack) => void new logs.CfnLogGroup(scope, 'Beside');
  await stack.deploy(scope => {
    beside(scope);
    roleWith(DESTROY)(scope);
  });

  await stack.deploy(beside);

  expect(await account.role()).toBeUndefined();
});

test.concurrent('deployed by the CDK CLI, one stack creates the role and another adopts it', async () => {
  const account = emptyAccount();
  await account.configure({ roleAge: AN_HOUR });

  const [first, second] = [account.stack('First'), account.stack('Second')];

  expect(await first.cdk(roleWith(), ...DEPLOY)).toMatchObject({ exitCode: 0 });
  expect(await account.calls()).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  const { exitCode, output } = await second.cdk(roleWith(), ...DEPLOY);

  expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining(`${second.name}.roleId = ${await account.roleId()}`) });
  expect(await second.recordedId()).toBe(ROLE_NAME);
});

test.concurrent('with the aspect, an app that contains only a serverless cache deploys to an empty account', async () => {
  const account = emptyAccount();
  const stack = account.stack('With');
  const { calls } = await stack.deploy(scope => {
    cache(scope);
    Aspects.of(scope.node.root).add(new EnsureElastiCacheServiceLinkedRole(DESTROY));
  });

  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(await stack.resources()).toMatchObject({ Cache: 'sessions', [LOGICAL_ID]: `${ROLE_NAME}/${await account.roleId()}` });
  // The cache is deleted first, so that no resource uses the role.
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('a nested stack declares the role, and deletes it with DESTROY', async () => {
  const account = emptyAccount();
  await account.stack('Assets').deploy(assetBucket);
  const { app, stack } = appWithAssets(account, 'Parent');
  const nested = new NestedStack(stack, 'Nested');
  cache(nested).node.addDependency(new ElastiCacheServiceLinkedRole(nested, 'Role', DESTROY));
  const { directory } = app.synth();

  expect(await account.cdk([...DEPLOY, '-a', directory])).toMatchObject({ exitCode: 0 });

  expect(await account.calls()).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(await account.role()).toBeDefined();
  await account.stack('Parent').destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('the template of a Service Catalog product declares the role', async () => {
  const account = emptyAccount();
  const { app, stack } = appWithAssets(account, 'Parent');
  const product = new servicecatalog.ProductStack(stack, 'Product');
  new servicecatalog.CloudFormationProduct(stack, 'Cache', {
    productName: 'cache', owner: 'platform', productVersions: [{ cloudFormationTemplate: servicecatalog.CloudFormationTemplate.fromProductStack(product) }],
  });
  cache(product).node.addDependency(new ElastiCacheServiceLinkedRole(product, 'Role', DESTROY));
  const { directory } = app.synth();

  const provisioned = account.stack('Provisioned');
  await provisioned.deployTemplate(readFileSync(join(directory, product.templateFile), 'utf8'), {});

  expect(await provisioned.recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
});

test.concurrent('the plain template creates the role in an empty account, and updates its description when deployed again', async () => {
  const account = emptyAccount();
  const stack = account.stack('Plain');

  const { outputs } = await stack.deployTemplate(template, NO_WAIT);

  expect(outputs).toEqual({ RoleArn: `arn:aws:iam::${account.id}:role/aws-service-role/${SERVICE_PRINCIPAL}/${ROLE_NAME}`, RoleName: ROLE_NAME });
  const role = await account.role();
  expect(role).toMatchObject({ Arn: outputs.RoleArn, RoleName: ROLE_NAME });
  expect(role!.Description).toBeUndefined();

  const described = { ...NO_WAIT, Description: 'Caches & sessions' };
  const again = await stack.deployTemplate(template, described);

  expect(again.calls).toEqual(['GetRole', 'UpdateRoleDescription']);
  expect(again.outputs).toEqual(outputs);
  expect(await account.role()).toMatchObject({ RoleId: role!.RoleId, Description: 'Caches & sessions' });
  await expect(stack.deployTemplate(template, described)).rejects.toThrow('No updates are to be performed');
});

test.concurrent('the plain template adopts or creates the role, and its deletion retains both', async () => {
  const account = emptyAccount();
  const id = await account.createRole('theirs');
  const adopting = account.stack('Plain');

  expect((await adopting.deployTemplate(template, NO_WAIT)).calls).toEqual(['GetRole']);

  expect(await adopting.recordedId()).toBe(ROLE_NAME);
  expect((await adopting.destroy()).calls).toEqual([]);
  expect(await account.role()).toMatchObject({ RoleId: id, Description: 'theirs' });

  await account.deleteRole();
  const creating = account.stack('Again');
  await creating.deployTemplate(template, NO_WAIT);
  const created = await account.roleId();
  expect(await creating.recordedId()).toBe(`${ROLE_NAME}/${created}`);
  expect((await creating.destroy()).calls).toEqual([]);
  expect(await account.roleId()).toBe(created);
});

test.concurrent('the plain template applies a permissions boundary to the role of the function', async () => {
  const account = emptyAccount();
  const statement = { Effect: 'Allow', Action: ['iam:GetRole', 'iam:CreateServiceLinkedRole', 'logs:*'], Resource: '*' };
  const { Policy: boundary } = await account.iam.send(new CreatePolicyCommand({
    PolicyName: 'boundary', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
  }));
  const stack = account.stack('Plain');

  await stack.deployTemplate(template, { ...NO_WAIT, PermissionsBoundary: boundary!.Arn! });

  const RoleName = (await stack.resources())[`${LOGICAL_ID}HandlerRole`];
  const { Role: role } = await account.iam.send(new GetRoleCommand({ RoleName }));
  expect(role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(boundary!.Arn);
  expect(await account.role()).toBeDefined();
});
