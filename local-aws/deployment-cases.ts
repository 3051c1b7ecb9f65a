import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CfnParameter, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { expect } from 'expect';
import { Account, type AwsAccount, DEPLOY, FORCE_DESTROY, LOGICAL_ID } from './aws-account';
import { besideRole, bystander, cacheNamed, DESTROY, failingAfter, nativeRole, NO_DELAY, roleWith, withPaths } from './declarations';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../src';
import { ROLE_NAME, ROLE_PATH } from '../src/private/role-identity';
import { TEMPLATE } from '../templates/plain-template';

/** Something that a deployment does. */
interface Case {
  readonly name: string;
  /** Of the docs, if one depends on it. */
  readonly sentence?: string;
  /** Throws if a deployment to an account without a role does not do it. Returns what CloudFormation reported, if that is of interest. */
  run(account: AwsAccount): Promise<string | void>;
}

export const template = readFileSync(join(__dirname, '..', TEMPLATE), 'utf8');
export const NO_WAIT = { PropagationDelay: '0' };

/** Deploys the plain template with the AWS CLI. Returns its output, and throws with it if the deployment fails. */
export async function deployWithAwsCli(account: AwsAccount, ...options: string[]): Promise<string> {
  const output = await account.awsCli(['cloudformation', 'deploy', '--template-file', join(__dirname, '..', TEMPLATE),
    '--stack-name', account.name('Plain'), '--capabilities', 'CAPABILITY_IAM', '--parameter-overrides', 'PropagationDelay=0', ...options]);
  await setTimeout(1_000); // The AWS CLI names a change set by the second, so two deployments of a stack must not start in the same one.
  return output;
}

const RETAIN_AFTER_CREATE = { ...NO_DELAY, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE };

function arnIn(account: AwsAccount) {
  return expect.stringMatching(`^arn:aws[a-z-]*:iam::${account.id}:role${ROLE_PATH}${ROLE_NAME}$`);
}

/** The event with which CloudFormation reports that the resource failed. */
function failureOf(logicalId: string, events: readonly string[]): string {
  return events.find(event => event.startsWith(`${logicalId} CREATE_FAILED`))!;
}

/** In seconds. IAM's dates have no fractions of a second. */
function ageOfRole(outputs: Readonly<Record<string, string>>) {
  return (Date.now() - Date.parse(outputs.createDate)) / 1000;
}

/** Only the local AWS records the calls of IAM. */
function expectCalls(account: AwsAccount, calls: readonly string[], expected: readonly string[]) {
  if (account instanceof Account) expect(calls).toEqual(expected);
}

/** Rolls back a deployment that created the role, or adopted one that existed. */
function rollback(what: string, { props, exists, retains }: { props: ElastiCacheServiceLinkedRoleProps; exists: boolean; retains: boolean }): Case {
  return {
    name: `when a later resource fails, the rollback ${what}`,
    async run(account) {
      const created = exists ? await account.createRole() : undefined;

      const { events, calls } = await account.stack('Failing').deploy(failingAfter(roleWith(props)), 'ROLLBACK_COMPLETE');

      expect(events).toContainEqual(expect.stringMatching(/^Native CREATE_FAILED .*has been taken/));
      if (props.removalPolicy) expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);
      expectCalls(account, calls, [
        ...exists ? ['GetRole'] : ['GetRole NoSuchEntity', 'CreateServiceLinkedRole'],
        ...retains ? [] : ['GetRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus'],
      ]);
      const role = await account.role();
      expect(role !== undefined).toBe(retains);
      if (created) expect(role?.RoleId).toBe(created.RoleId);
    },
  };
}

/** The cases that run on the local AWS and on an account. The longest are first, so that tests run the others beside them. */
export const CASES: readonly Case[] = [
  {
    name: 'aws cloudformation deploy creates the role with the plain template, changes nothing if deployed again, and updates the description',
    async run(account) {
      await deployWithAwsCli(account);

      const id = await account.roleId();
      expect(await account.stack('Plain').recordedId()).toBe(`${ROLE_NAME}/${id}`);
      const calls = await account.calls();
      expect(await deployWithAwsCli(account, '--no-fail-on-empty-changeset'))
        .toContain(`No changes to deploy. Stack ${account.name('Plain')} is up to date`);
      expectCalls(account, await account.calls(), calls);

      await deployWithAwsCli(account, 'Description=Caches & sessions');
      expect(await account.role()).toMatchObject({ RoleId: id, Description: 'Caches & sessions' });
    },
  }, {
    name: 'a role that is in use for 30 seconds fails the destruction with its users, and a later destruction deletes it',
    async run(account) {
      const stack = account.stack('Role');
      const caches = account.stack('Caches');
      await stack.deploy(roleWith(DESTROY));
      const name = account.name('sessions');
      await caches.deploy(cacheNamed(name));
      const start = Date.now();

      const text = await stack.cdk(roleWith(DESTROY), FORCE_DESTROY).catch(({ message }: Error) => message.replace(/\s+/g, ' '));

      expect(Date.now() - start).toBeGreaterThan(30_000);
      expect(text).toMatch(new RegExp(`IAM did not delete ${ROLE_NAME}: .*Delete the resources that use it, then delete the stack again, `
        + `or retain this resource\\. In use by: [a-z0-9-]+ arn:[a-z-]+:elasticache:[a-z0-9-]+:${account.id}:serverlesscache:${name}`));
      expect(await account.role()).toBeDefined();
      await caches.destroy();
      await stack.cdk(roleWith(DESTROY), FORCE_DESTROY);
      expect(await account.role()).toBeUndefined();
      return /IAM did not delete .*?:serverlesscache:\S+/.exec(text)?.[0];
    },
  }, {
    name: 'a deployment to an empty account creates the role, waits until it is old enough, and returns its attributes',
    async run(account) {
      const { outputs, calls } = await account.stack('First').deploy(roleWith({ propagationDelay: Duration.seconds(10) }));

      expect(ageOfRole(outputs)).toBeGreaterThanOrEqual(10);
      expectCalls(account, calls, ['GetRole NoSuchEntity', 'CreateServiceLinkedRole', 'GetRole']);
      const role = await account.role();
      expect(role!.Description).toBeUndefined();
      expect(outputs).toEqual({
        roleArn: arnIn(account),
        roleName: ROLE_NAME,
        roleId: role!.RoleId,
        createDate: role!.CreateDate!.toISOString(),
      });
    },
  }, {
    name: 'a second stack adopts the role, and a native resource fails',
    async run(account) {
      const first = await account.stack('First').deploy(roleWith(NO_DELAY));

      const second = await account.stack('Second').deploy(roleWith(NO_DELAY));

      expectCalls(account, second.calls, ['GetRole']);
      expect(second.outputs).toEqual(first.outputs);
      const { events } = await account.stack('Native').deploy(nativeRole, 'ROLLBACK_COMPLETE');
      expect(events).toContainEqual(expect.stringMatching(/^Native CREATE_FAILED .*has been taken in this account/));
      return failureOf('Native', events);
    },
  }, {
    name: 'a deployment that adopts a new role waits only for the remaining time',
    async run(account) {
      // On AWS, most of a minute passes before the handler runs.
      await account.configure({ roleAge: 120 });
      await account.createRole();
      const stack = account.stack('Second');

      const { outputs } = await stack.deploy(roleWith({ propagationDelay: Duration.seconds(150) }));

      expect(ageOfRole(outputs)).toBeGreaterThanOrEqual(150);
      // It waits 30 seconds on the local AWS, and most of the delay on AWS.
      expect(await stack.secondsToCreate(LOGICAL_ID)).toBeLessThan(account instanceof Account ? 90 : 150);
    },
  }, {
    name: 'of two stacks deployed at once, one creates the role and one adopts it, and only the creator deletes it',
    async run(account) {
      const stacks = [account.stack('One'), account.stack('Other')];

      const outcomes = await Promise.all(stacks.map(stack => stack.deploy(roleWith(DESTROY))));

      const id = await account.roleId();
      expect(outcomes.map(({ outputs }) => outputs.roleId)).toEqual([id, id]);
      expectCalls(account, (await account.calls()).filter(call => call === 'CreateServiceLinkedRole'), ['CreateServiceLinkedRole']);
      const recordedIds = await Promise.all(stacks.map(stack => stack.recordedId()));
      expect([...recordedIds].sort()).toEqual([ROLE_NAME, `${ROLE_NAME}/${id}`]);

      const [adopter, creator] = recordedIds[0] === ROLE_NAME ? stacks : [...stacks].reverse();
      await adopter.destroy();
      expect(await account.roleId()).toBe(id);
      await creator.destroy();
      expect(await account.role()).toBeUndefined();
    },
  }, {
    name: 'in an empty account, a serverless cache fails without the role and is created after it',
    sentence: 'docs/removal.md: Resources that the same stack just deleted can still count, '
      + 'so the handler requests the deletion again for 30 seconds.',
    async run(account) {
      const cache = cacheNamed(account.name('sessions'));
      const { events } = await account.stack('Without').deploy(cache, 'ROLLBACK_COMPLETE');
      expect(events).toContainEqual(expect.stringMatching(
        /^Cache CREATE_FAILED .*Please create new role using IAM API CreateServiceLinkedRole.*ServiceLinkedRoleNotFoundFault/));

      const withRole = account.stack('With');
      await withRole.deploy(stack => cache(stack).node.addDependency(roleWith(DESTROY)(stack)));

      // The cache is deleted first, so that no resource uses the role.
      await withRole.destroy();
      expect(await account.role()).toBeUndefined();
      return failureOf('Cache', events);
    },
  }, {
    name: 'the description is set at creation and updated by an update',
    async run(account) {
      const stack = account.stack('Described');
      await stack.deploy(roleWith({ ...NO_DELAY, description: 'Caches & sessions' }));
      expect((await account.role())?.Description).toBe('Caches & sessions');
      const id = await account.roleId();

      const { outputs, calls } = await stack.deploy(roleWith({ ...NO_DELAY, description: 'Caches alone' }));

      expectCalls(account, calls, ['GetRole', 'UpdateRoleDescription']);
      expect(outputs.roleArn).toEqual(arnIn(account));
      expect(await account.role()).toMatchObject({ RoleId: id, Description: 'Caches alone' });
    },
  },
  rollback('deletes a created role with DESTROY', { props: DESTROY, exists: false, retains: false }),
  rollback('retains an adopted role, even with DESTROY', { props: DESTROY, exists: true, retains: true }),
  rollback('retains a created role with RETAIN', { props: NO_DELAY, exists: false, retains: true }),
  rollback('deletes a created role with RETAIN_ON_UPDATE_OR_DELETE', { props: RETAIN_AFTER_CREATE, exists: false, retains: false }),
  {
    name: 'when the stack is deleted, a created role is retained with RETAIN_ON_UPDATE_OR_DELETE',
    async run(account) {
      const stack = account.stack('Working');
      const { outputs } = await stack.deploy(roleWith(RETAIN_AFTER_CREATE));

      await stack.destroy();

      expect(await account.roleId()).toBe(outputs.roleId);
    },
  }, {
    name: 'when a later resource of an update fails, the rollback retains the role with DESTROY, and the stack still deletes it later',
    async run(account) {
      const stack = account.stack('Failing');
      const { outputs } = await stack.deploy(roleWith({ ...DESTROY, description: 'before' }));

      await stack.deploy(failingAfter(roleWith({ ...DESTROY, description: 'after' })), 'UPDATE_ROLLBACK_COMPLETE');

      expect(await account.role()).toMatchObject({ RoleId: outputs.roleId, Description: 'before' });
      await stack.destroy();
      expect(await account.role()).toBeUndefined();
    },
  }, {
    name: 'renaming the construct and moving it change nothing, and the role is retained with DESTROY',
    async run(account) {
      const stack = account.stack('Moving');
      // So that each step changes the template.
      await stack.deploy(withPaths(scope => new ElastiCacheServiceLinkedRole(scope, 'Role', DESTROY)));
      const [id, resources] = [await account.roleId(), await stack.resources()];
      const steps: ((scope: Stack) => void)[] = [
        scope => new ElastiCacheServiceLinkedRole(scope, 'Renamed', DESTROY),
        scope => new ElastiCacheServiceLinkedRole(new Construct(scope, 'Moved'), 'Renamed', DESTROY),
      ];

      for (const step of steps) {
        const { events, calls } = await stack.deploy(withPaths(step));

        expect(events).not.toContainEqual(expect.stringMatching(/ DELETE_/));
        expectCalls(account, calls, []);
      }

      expect(await stack.resources()).toEqual(resources);
      expect(await account.roleId()).toBe(id);
    },
  }, {
    name: 'a changed trigger creates a role that was deleted by hand, and the stack deletes it later',
    async run(account) {
      const stack = account.stack('Triggered');
      const { outputs } = await stack.deploy(roleWith({ ...DESTROY, trigger: '1' }));
      await account.withoutRole();

      const updated = await stack.deploy(roleWith({ ...DESTROY, trigger: '2' }));

      expect(updated.outputs.roleId).not.toBe(outputs.roleId);
      expect(await account.roleId()).toBe(updated.outputs.roleId);
      await stack.destroy();
      expect(await account.role()).toBeUndefined();
    },
  }, {
    name: 'when the stack is updated, removing the declaration deletes a created role with DESTROY',
    async run(account) {
      const stack = account.stack('Shrinking');
      await stack.deploy(besideRole(DESTROY));

      await stack.deploy(bystander);

      expect(await account.role()).toBeUndefined();
    },
  }, {
    name: 'deployed by the CDK CLI, one stack creates the role and another adopts it',
    async run(account) {
      const [first, second] = [account.stack('First'), account.stack('Second')];

      await first.cdk(roleWith(NO_DELAY), DEPLOY);
      expectCalls(account, await account.calls(), ['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
      const output = await second.cdk(roleWith(NO_DELAY), DEPLOY);

      expect(output).toContain(`${second.name}.roleId = ${await account.roleId()}`);
      expect(await second.recordedId()).toBe(ROLE_NAME);
    },
  }, {
    name: 'the plain template adopts or creates the role, and its deletion retains both',
    async run(account) {
      const { RoleId: id } = await account.createRole('theirs');
      const adopting = account.stack('Plain');

      const { outputs, calls } = await adopting.deployTemplate(template, NO_WAIT);

      expectCalls(account, calls, ['GetRole']);
      expect(outputs).toEqual({ RoleArn: arnIn(account), RoleName: ROLE_NAME });
      expect(await adopting.recordedId()).toBe(ROLE_NAME);
      expectCalls(account, (await adopting.destroy()).calls, []);
      expect(await account.role()).toMatchObject({ RoleId: id, Description: 'theirs' });

      await account.withoutRole();
      const creating = account.stack('Again');
      await creating.deployTemplate(template, NO_WAIT);
      const created = await account.roleId();
      expect(await creating.recordedId()).toBe(`${ROLE_NAME}/${created}`);
      expectCalls(account, (await creating.destroy()).calls, []);
      expect(await account.roleId()).toBe(created);
    },
  }, {
    name: 'with --no-rollback, the next deployment creates the resource again and then deletes the failed one',
    sentence: 'docs/how-it-works.md: With `--no-rollback`, the next deployment adopts the role before CloudFormation deletes the failed resource.',
    async run(account) {
      const stack = account.stack('Again');
      // The handler refuses the delay.
      const failing = (scope: Stack) => {
        const delay = new CfnParameter(scope, 'Delay', { type: 'Number', default: 9999 });
        roleWith({ ...DESTROY, propagationDelay: Duration.seconds(delay.valueAsNumber) })(scope);
      };
      await stack.cdk(failing, [...DEPLOY, '--no-rollback'], 1);
      expect(await stack.recordedId()).toBe('not-created');
      const before = (await stack.events()).length;

      await stack.cdk(roleWith(DESTROY), [...DEPLOY, '--no-rollback']);

      const statuses = (await stack.events()).slice(before).filter(event => event.startsWith(`${LOGICAL_ID} `)).map(event => event.split(' ')[1]);
      // MiniStack reports an update. The function receives the same events.
      if (!(account instanceof Account)) {
        expect([...new Set(statuses)]).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
      }
      expect(await stack.recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
    },
  },
];
