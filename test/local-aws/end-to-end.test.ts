import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateRoleCommand, CreateServiceLinkedRoleCommand, DeleteServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { Aspects, CfnOutput, Duration, RemovalPolicies, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { TEMPLATE } from '../scripts/make-template';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, EnsureElastiCacheServiceLinkedRole } from '../src';
import { Account, type DeployedStack } from './deployment';
import { type Fault, LocalAws } from './local-aws';

const PRINCIPAL = 'elasticache.amazonaws.com';
const NAME = 'AWSServiceRoleForElastiCache';
const LOGICAL_ID = 'CustomElastiCacheServiceLinkedRoleA70B8785';

const DENIED: Fault = { code: 'AccessDenied', status: 403, message: `User: somebody is not authorized to perform: iam:CreateServiceLinkedRole on ${NAME}` };
const THROTTLED: Fault = { code: 'Throttling', status: 400, message: 'Rate exceeded' };

const IMMEDIATELY: ElastiCacheServiceLinkedRoleProps = { propagationDelay: Duration.seconds(0) };
const DESTROY: ElastiCacheServiceLinkedRoleProps = { ...IMMEDIATELY, removalPolicy: RemovalPolicy.DESTROY };

const AN_HOUR = 3600;

// The tests wait more than they work, five at once, for which each needs an account of its own.
jest.setTimeout(120_000);

let aws: LocalAws;
const accounts: Account[] = [];

beforeAll(async () => {
  aws = await LocalAws.start({ onInstall: () => process.stderr.write('Installing MiniStack\n') });
}, 300_000);

afterAll(async () => {
  accounts.forEach(account => account.close());
  await aws?.stop();
});

function emptyAccount(): Account {
  const account = new Account(aws);
  accounts.push(account);
  return account;
}

/** Declares the role, with its attributes as outputs of the stack. */
function roleWith(props?: ElastiCacheServiceLinkedRoleProps) {
  return (stack: Stack) => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role', props);
    const { roleArn, roleName, roleId, createDate } = role;
    Object.entries({ roleArn, roleName, roleId, createDate }).forEach(([name, value]) => new CfnOutput(stack, name, { value }));
    return role;
  };
}

/** Declares the role and, after it, a resource that fails because the role exists. */
function failingAfterRoleWith(props: ElastiCacheServiceLinkedRoleProps) {
  return (stack: Stack) => nativeRole(stack).node.addDependency(roleWith(props)(stack));
}

function nativeRole(stack: Stack) {
  return new iam.CfnServiceLinkedRole(stack, 'Native', { awsServiceName: PRINCIPAL });
}

function cache(stack: Stack) {
  return new elasticache.CfnServerlessCache(stack, 'Cache', { serverlessCacheName: 'sessions', engine: 'valkey' });
}

function cacheArn(account: Account) {
  return `arn:aws:elasticache:us-east-1:${account.id}:serverlesscache:sessions`;
}

/** What somebody does without CloudFormation; gives the id of the role. */
async function createRole(account: Account, Description?: string) {
  return (await account.iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: PRINCIPAL, Description }))).Role!.RoleId!;
}

async function deleteRole(account: Account) {
  await account.iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: NAME }));
}

async function idOfRole(account: Account) {
  return (await account.role())?.RoleId;
}

/** What a stack remembers of the role. */
async function memory(stack: DeployedStack) {
  return (await stack.resources())[LOGICAL_ID];
}

/** In seconds; IAM's dates have no smaller part. */
function ageOfRole(outputs: Readonly<Record<string, string>>) {
  return (Date.now() - Date.parse(outputs.createDate)) / 1000;
}

// The longest test stands first, beside which the others run.
test.concurrent('a handler that is never allowed to create the role fails after 30 seconds, in the words of IAM', async () => {
  const account = emptyAccount();
  await aws.setKnobs({ faults: { CreateServiceLinkedRole: DENIED } }, account.id);
  const start = Date.now();

  const { events, calls } = await account.stack('Denied').deploy(roleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(Date.now() - start).toBeGreaterThan(30_000);
  expect(events).toContainEqual(expect.stringContaining(
    `${LOGICAL_ID} CREATE_FAILED iam:CreateServiceLinkedRole failed: AccessDenied: ${DENIED.message}`));
  expect(calls).not.toContain('DeleteServiceLinkedRole');
  expect(await account.role()).toBeUndefined();
});

test.concurrent('in an empty account, the role is created and waited for, and its attributes are known', async () => {
  const account = emptyAccount();

  const { outputs, calls } = await account.stack('First').deploy(roleWith({ propagationDelay: Duration.seconds(3) }));

  expect(ageOfRole(outputs)).toBeGreaterThanOrEqual(3);
  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole', 'GetRole']);
  const role = await account.role();
  expect(role!.Description).toBeUndefined();
  expect(outputs).toEqual({
    roleArn: `arn:aws:iam::${account.id}:role/aws-service-role/${PRINCIPAL}/${NAME}`,
    roleName: NAME,
    roleId: role!.RoleId,
    createDate: role!.CreateDate!.toISOString(),
  });
});

test.concurrent('a second stack adopts the role without a wait, where a native resource fails', async () => {
  const account = emptyAccount();
  await aws.setKnobs({ roleAge: AN_HOUR }, account.id);
  const first = await account.stack('First').deploy(roleWith());
  const start = Date.now();

  const second = await account.stack('Second').deploy(roleWith());

  expect(Date.now() - start).toBeLessThan(20_000);
  expect(second.calls).toEqual(['GetRole']);
  expect(second.outputs).toEqual(first.outputs);
  const { events } = await account.stack('Native').deploy(nativeRole, 'ROLLBACK_COMPLETE');
  expect(events).toContainEqual(expect.stringMatching(/^Native CREATE_FAILED .*has been taken in this account/));
});

test.concurrent('for a role made moments ago, the rest of the delay is waited, and no more', async () => {
  const account = emptyAccount();
  await aws.setKnobs({ roleAge: 30 }, account.id);
  await createRole(account);

  const { outputs, calls } = await account.stack('Second').deploy(roleWith({ propagationDelay: Duration.seconds(33) }));

  expect(ageOfRole(outputs)).toBeGreaterThanOrEqual(33);
  // With the whole delay it would be 63.
  expect(ageOfRole(outputs)).toBeLessThan(60);
  expect(calls).toEqual(['GetRole', 'GetRole']);
});

test.concurrent('a role that IAM does not show yet is adopted once it is seen', async () => {
  const account = emptyAccount();
  await aws.setKnobs({ laggingReads: 2 }, account.id);
  await createRole(account);

  const { calls } = await account.stack('Second').deploy(roleWith(IMMEDIATELY));

  // Each look is followed by a try, since the name can also be taken by a role that is just being deleted.
  const unseen = ['GetRole NoSuchEntity', 'CreateServiceLinkedRole InvalidInput'];
  expect(calls).toEqual([...unseen, ...unseen, 'GetRole']);
  expect(await memory(account.stack('Second'))).toBe(NAME);
});

test.concurrent('of two stacks at once, one creates the role and one adopts it, and only who created it deletes it', async () => {
  const account = emptyAccount();
  const stacks = [account.stack('One'), account.stack('Other')];

  const outcomes = await Promise.all(stacks.map(stack => stack.deploy(roleWith(DESTROY))));

  const id = await idOfRole(account);
  expect(outcomes.map(({ outputs }) => outputs.roleId)).toEqual([id, id]);
  expect((await account.calls()).filter(call => call === 'CreateServiceLinkedRole')).toHaveLength(1);
  const memories = await Promise.all(stacks.map(memory));
  expect([...memories].sort()).toEqual([NAME, `${NAME}/${id}`]);

  const [adopter, creator] = memories[0] === NAME ? stacks : [...stacks].reverse();
  await adopter.destroy();
  expect(await idOfRole(account)).toBe(id);
  await creator.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('in an empty account, a serverless cache that depends on the role is created, and fails without', async () => {
  const account = emptyAccount();
  const { events } = await account.stack('Without').deploy(cache, 'ROLLBACK_COMPLETE');
  expect(events).toContainEqual(expect.stringMatching(
    /^Cache CREATE_FAILED .*Please create new role using IAM API CreateServiceLinkedRole.*ServiceLinkedRoleNotFoundFault/));

  const withRole = account.stack('With');
  await withRole.deploy(stack => cache(stack).node.addDependency(roleWith(DESTROY)(stack)));

  // The cache goes first, so that nothing uses the role any more.
  await withRole.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('an ordinary role of the name fails the deployment, which tells its ARN', async () => {
  const account = emptyAccount();
  await account.iam.send(new CreateRoleCommand({ RoleName: NAME, AssumeRolePolicyDocument: '{}' }));

  const { events } = await account.stack('Wrong').deploy(roleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContainEqual(expect.stringContaining(
    `${LOGICAL_ID} CREATE_FAILED arn:aws:iam::${account.id}:role/${NAME} is an ordinary role with the name of ElastiCache's: delete it`));
  expect(await account.role()).toMatchObject({ Path: '/' });
});

test.concurrent.each([
  ['denied', DENIED],
  ['throttled', THROTTLED],
])('a handler that is %s at first creates the role', async (_, fault) => {
  const account = emptyAccount();
  await aws.setKnobs({ faults: { GetRole: { ...fault, times: 1 }, CreateServiceLinkedRole: { ...fault, times: 2 } } }, account.id);

  const { calls } = await account.stack('Patient').deploy(roleWith(IMMEDIATELY));

  const refused = `CreateServiceLinkedRole ${fault.code}`;
  expect(calls).toEqual([`GetRole ${fault.code}`, 'GetRole NoSuchEntity', refused, refused, 'CreateServiceLinkedRole']);
});

test.concurrent('the description is set at creation and changed by an update', async () => {
  const account = emptyAccount();
  const stack = account.stack('Described');
  await stack.deploy(roleWith({ ...IMMEDIATELY, description: 'Caches & sessions' }));
  expect((await account.role())?.Description).toBe('Caches & sessions');
  const id = await idOfRole(account);

  const { outputs, calls } = await stack.deploy(roleWith({ ...IMMEDIATELY, description: 'Caches alone' }));

  expect(calls).toEqual(['GetRole', 'UpdateRoleDescription']);
  expect(outputs.roleArn).toBe(`arn:aws:iam::${account.id}:role/aws-service-role/${PRINCIPAL}/${NAME}`);
  expect(await account.role()).toMatchObject({ RoleId: id, Description: 'Caches alone' });
});

test.concurrent('the description of an adopted role is changed', async () => {
  const account = emptyAccount();
  const id = await createRole(account, 'theirs');

  await account.stack('Described').deploy(roleWith({ ...IMMEDIATELY, description: 'ours' }));

  expect(await account.role()).toMatchObject({ RoleId: id, Description: 'ours' });
});

test.concurrent('the description is left alone where none is asked for, and when it is asked for no longer', async () => {
  const account = emptyAccount();
  await createRole(account, 'theirs');
  const stack = account.stack('Undescribed');
  expect((await stack.deploy(roleWith(IMMEDIATELY))).calls).toEqual(['GetRole']);
  expect((await account.role())?.Description).toBe('theirs');

  await stack.deploy(roleWith({ ...IMMEDIATELY, description: 'ours' }));
  expect((await stack.deploy(roleWith(IMMEDIATELY))).calls).toEqual(['GetRole']);

  expect((await account.role())?.Description).toBe('ours');
});

test.concurrent('when a later resource fails, a role that the stack created goes with DESTROY', async () => {
  const account = emptyAccount();

  const { events, calls } = await account.stack('Failing').deploy(failingAfterRoleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContainEqual(expect.stringMatching(/^Native CREATE_FAILED .*has been taken/));
  expect(calls).toContain('CreateServiceLinkedRole');
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when a later resource fails, a role that the stack adopted stays even with DESTROY', async () => {
  const account = emptyAccount();
  const id = await createRole(account);

  const { events, calls } = await account.stack('Failing').deploy(failingAfterRoleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
  expect(calls).toEqual(['GetRole']);
  expect(await idOfRole(account)).toBe(id);
});

test.concurrent('when a later resource fails, a role that the stack created stays with RETAIN', async () => {
  const account = emptyAccount();

  const { calls } = await account.stack('Failing').deploy(failingAfterRoleWith(IMMEDIATELY), 'ROLLBACK_COMPLETE');

  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(await account.role()).toBeDefined();
});

test.concurrent('when a later resource fails, a role that the stack created goes with RETAIN_ON_UPDATE_OR_DELETE, which keeps it later', async () => {
  const account = emptyAccount();
  const props = { ...IMMEDIATELY, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE };
  await account.stack('Failing').deploy(failingAfterRoleWith(props), 'ROLLBACK_COMPLETE');
  expect(await account.role()).toBeUndefined();

  const stack = account.stack('Working');
  const { outputs } = await stack.deploy(roleWith(props));
  await stack.destroy();

  expect(await idOfRole(account)).toBe(outputs.roleId);
});

test.concurrent('when a later resource fails, in an update, the role stays with DESTROY, and still goes with its stack', async () => {
  const account = emptyAccount();
  const stack = account.stack('Failing');
  const { outputs } = await stack.deploy(roleWith({ ...DESTROY, description: 'before' }));

  await stack.deploy(failingAfterRoleWith({ ...DESTROY, description: 'after' }), 'UPDATE_ROLLBACK_COMPLETE');

  expect(await account.role()).toMatchObject({ RoleId: outputs.roleId, Description: 'before' });
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is deleted, a role that it created stays by default', async () => {
  const account = emptyAccount();
  const stack = account.stack('Kept');
  const { outputs } = await stack.deploy(roleWith(IMMEDIATELY));

  expect((await stack.destroy()).events).not.toContainEqual(expect.stringContaining('DELETE_FAILED'));

  expect(await idOfRole(account)).toBe(outputs.roleId);
});

test.concurrent('when the stack is deleted, a role to keep stays also where RemovalPolicies destroys everything', async () => {
  const account = emptyAccount();
  const stack = account.stack('Kept');
  const { outputs } = await stack.deploy(scope => {
    roleWith(IMMEDIATELY)(scope);
    RemovalPolicies.of(scope.node.root).destroy();
  });

  const { events, calls } = await stack.destroy();

  // CloudFormation sent the Delete that RETAIN spares.
  expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
  expect(calls).toEqual([]);
  expect(await idOfRole(account)).toBe(outputs.roleId);
});

test.concurrent('when the stack is deleted, a role that it adopted stays with DESTROY', async () => {
  const account = emptyAccount();
  const id = await createRole(account);
  const stack = account.stack('Adopting');
  await stack.deploy(roleWith(DESTROY));

  const { events, calls } = await stack.destroy();

  expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
  expect(calls).toEqual([]);
  expect(await idOfRole(account)).toBe(id);
});

test.concurrent('when the stack is deleted, a role that it created and somebody else replaced stays with DESTROY', async () => {
  const account = emptyAccount();
  const stack = account.stack('Replaced');
  await stack.deploy(roleWith(DESTROY));
  await deleteRole(account);
  const id = await createRole(account);

  await stack.destroy();

  expect(await idOfRole(account)).toBe(id);
});

test.concurrent('when the stack is deleted, a role in use fails the deletion, which names the user, and goes once nothing uses it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Role');
  const caches = account.stack('Caches');
  await stack.deploy(roleWith(DESTROY));
  await caches.deploy(cache);

  const { events } = await stack.destroy('DELETE_FAILED');

  expect(events).toContainEqual(expect.stringContaining(`${LOGICAL_ID} DELETE_FAILED IAM did not delete ${NAME}`));
  expect(events).toContainEqual(expect.stringContaining(`In use by: us-east-1 ${cacheArn(account)}`));
  expect(await account.role()).toBeDefined();
  await caches.destroy();
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is deleted, a deletion that takes IAM a while is waited for', async () => {
  const account = emptyAccount();
  await aws.setKnobs({ pendingDeletionSteps: 1 }, account.id);
  const stack = account.stack('Role');
  await stack.deploy(roleWith(DESTROY));

  const { calls } = await stack.destroy();

  const status = 'GetServiceLinkedRoleDeletionStatus';
  expect(calls).toEqual(['GetRole', 'DeleteServiceLinkedRole', status, status]);
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is updated, a construct that was renamed and moved changes nothing', async () => {
  const account = emptyAccount();
  const stack = account.stack('Moving');
  await stack.deploy(scope => void new ElastiCacheServiceLinkedRole(scope, 'Role', DESTROY));
  const [id, resources] = [await idOfRole(account), await stack.resources()];
  const moved = (scope: Stack) => void new ElastiCacheServiceLinkedRole(new Construct(scope, 'Caches'), 'Renamed', DESTROY);
  await expect(stack.deploy(moved)).rejects.toThrow('No updates are to be performed');

  const { events, calls } = await stack.deploy(scope => {
    moved(scope);
    new logs.CfnLogGroup(scope, 'Beside');
  });

  expect(await stack.resources()).toEqual({ ...resources, Beside: expect.any(String) });
  expect(events).not.toContainEqual(expect.stringMatching(/ DELETE_/));
  expect(calls).toEqual([]);
  expect(await idOfRole(account)).toBe(id);
});

test.concurrent('when the stack is updated, another propagation delay alone keeps the role', async () => {
  const account = emptyAccount();
  const stack = account.stack('Patient');
  const { outputs } = await stack.deploy(roleWith(DESTROY));

  const updated = await stack.deploy(roleWith({ ...DESTROY, propagationDelay: Duration.seconds(1) }));

  expect(updated.events).toContain(`${LOGICAL_ID} UPDATE_COMPLETE`);
  expect(updated.outputs).toEqual(outputs);
  expect(await memory(stack)).toBe(`${NAME}/${outputs.roleId}`);
  expect(await idOfRole(account)).toBe(outputs.roleId);
});

test.concurrent('when the stack is updated, a role that was deleted by hand is created again, and goes with its stack', async () => {
  const account = emptyAccount();
  const stack = account.stack('Recreating');
  const { outputs } = await stack.deploy(roleWith(DESTROY));
  await deleteRole(account);

  const updated = await stack.deploy(roleWith({ ...DESTROY, propagationDelay: Duration.seconds(1) }));

  expect(updated.outputs.roleId).not.toBe(outputs.roleId);
  expect(await idOfRole(account)).toBe(updated.outputs.roleId);
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is updated, a role that its creator took away is created again by who had adopted it', async () => {
  const account = emptyAccount();
  const [creator, adopter] = [account.stack('Creator'), account.stack('Adopter')];
  await creator.deploy(roleWith(DESTROY));
  await adopter.deploy(roleWith(DESTROY));
  await creator.destroy();
  expect(await account.role()).toBeUndefined();

  const { outputs } = await adopter.deploy(roleWith({ ...DESTROY, description: 'mine now' }));

  expect(await memory(adopter)).toBe(`${NAME}/${outputs.roleId}`);
  await adopter.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is updated, DESTROY instead of RETAIN deletes the role with its stack', async () => {
  const account = emptyAccount();
  const stack = account.stack('Changing');
  await stack.deploy(roleWith(IMMEDIATELY));

  await stack.deploy(roleWith(DESTROY));

  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('when the stack is updated, a declaration that is removed takes along the role that the stack created', async () => {
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

const DEPLOY = ['deploy', '--method=direct', '--require-approval=never'] as const;
const DESTROY_ANYWAY = ['destroy', '--force'] as const;

test.concurrent('with the CLI of the CDK, one stack creates the role and another adopts it', async () => {
  const account = emptyAccount();
  await aws.setKnobs({ roleAge: AN_HOUR }, account.id);

  const [first, second] = [account.stack('First'), account.stack('Second')];

  expect(await first.cdk(roleWith(), ...DEPLOY)).toMatchObject({ exitCode: 0 });
  expect(await account.calls()).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  const { exitCode, output } = await second.cdk(roleWith(), ...DEPLOY);

  expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining(`${second.name}.roleId = ${await idOfRole(account)}`) });
  expect(await memory(second)).toBe(NAME);
});

test.concurrent('with the CLI of the CDK, a role in use fails the destruction with its user, and goes once nothing uses it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Role');
  const caches = account.stack('Caches');
  await stack.deploy(roleWith(DESTROY));
  await caches.deploy(cache);

  const { exitCode, output } = await stack.cdk(roleWith(DESTROY), ...DESTROY_ANYWAY);

  expect(exitCode).not.toBe(0);
  expect(output.replace(/\s+/g, ' ')).toContain(`us-east-1 ${cacheArn(account)}`);
  await caches.destroy();
  expect(await stack.cdk(roleWith(DESTROY), ...DESTROY_ANYWAY)).toMatchObject({ exitCode: 0 });
  expect(await account.role()).toBeUndefined();
});

test.concurrent('with the aspect, an app that has a serverless cache alone deploys into an empty account, and fails without', async () => {
  const account = emptyAccount();
  const { events } = await account.stack('Without').deploy(cache, 'ROLLBACK_COMPLETE');
  expect(events).toContainEqual(expect.stringMatching(/^Cache CREATE_FAILED .*ServiceLinkedRoleNotFoundFault/));
  expect(await account.role()).toBeUndefined();

  const stack = account.stack('With');
  const { calls } = await stack.deploy(scope => {
    cache(scope);
    Aspects.of(scope.node.root).add(new EnsureElastiCacheServiceLinkedRole(DESTROY));
  });

  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(await stack.resources()).toMatchObject({ Cache: 'sessions', [LOGICAL_ID]: `${NAME}/${await idOfRole(account)}` });
  // The cache goes first, so that nothing uses the role any more.
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});

const template = readFileSync(join(__dirname, '..', TEMPLATE), 'utf8');
const AT_ONCE = { PropagationDelay: '0' };

test.concurrent('the plain template creates the role in an empty account, and changes its description when deployed again', async () => {
  const account = emptyAccount();
  const stack = account.stack('Plain');

  const { outputs } = await stack.deployTemplate(template, AT_ONCE);

  expect(outputs).toEqual({ RoleArn: `arn:aws:iam::${account.id}:role/aws-service-role/${PRINCIPAL}/${NAME}`, RoleName: NAME });
  const role = await account.role();
  expect(role).toMatchObject({ Arn: outputs.RoleArn, RoleName: NAME });
  expect(role!.Description).toBeUndefined();

  const described = { ...AT_ONCE, Description: 'Caches & sessions' };
  const again = await stack.deployTemplate(template, described);

  expect(again.calls).toEqual(['GetRole', 'UpdateRoleDescription']);
  expect(again.outputs).toEqual(outputs);
  expect(await account.role()).toMatchObject({ RoleId: role!.RoleId, Description: 'Caches & sessions' });
  await expect(stack.deployTemplate(template, described)).rejects.toThrow('No updates are to be performed');
});

test.concurrent('the plain template adopts the role, which stays when the stack is deleted, as does one that it created', async () => {
  const account = emptyAccount();
  const id = await createRole(account, 'theirs');
  const adopting = account.stack('Plain');

  expect((await adopting.deployTemplate(template, AT_ONCE)).calls).toEqual(['GetRole']);

  expect(await memory(adopting)).toBe(NAME);
  expect((await adopting.destroy()).calls).toEqual([]);
  expect(await account.role()).toMatchObject({ RoleId: id, Description: 'theirs' });

  await deleteRole(account);
  const creating = account.stack('Again');
  await creating.deployTemplate(template, AT_ONCE);
  const created = await idOfRole(account);
  expect(await memory(creating)).toBe(`${NAME}/${created}`);
  expect((await creating.destroy()).calls).toEqual([]);
  expect(await idOfRole(account)).toBe(created);
});
