import { join } from 'node:path';
import { Aspects, CfnResource, type Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { useLocalAws } from './use-local-aws';
import { type Account, AWS_CLI_REQUIREMENTS, LOGICAL_ID } from '../../local-aws/aws-account';
import { bystander, cache, DESTROY, NO_DELAY, preload, roleWith } from '../../local-aws/declarations';
import { installedPython } from '../../local-aws/python';
import { EnsureElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../src';
import { ROLE_NAME } from '../../src/private/role-identity';
import { TEMPLATE } from '../../templates/plain-template';

// What a stack meets when somebody deletes, names, or edits what belongs to it. docs/operating.md states what these tests show.

jest.setTimeout(300_000);

const emptyAccount = useLocalAws();

beforeAll(async () => {
  await installedPython(AWS_CLI_REQUIREMENTS, () => process.stderr.write('Installing the AWS CLI\n'));
}, 300_000);

const besideRole = (props: ElastiCacheServiceLinkedRoleProps) => (stack: Stack) => {
  bystander(stack);
  return roleWith(props)(stack);
};

/** Names each function, as an aspect of an organization does. */
const named = (declare: (stack: Stack) => unknown) => (stack: Stack) => {
  declare(stack);
  Aspects.of(stack).add({ visit: (node) => { if (node instanceof lambda.CfnFunction) node.functionName = 'corporate-name'; } });
};

function included(stack: Stack) {
  new CfnInclude(stack, 'Plain', {
    templateFile: join(__dirname, '../..', TEMPLATE),
    parameters: { Description: '', PropagationDelay: '0', PermissionsBoundary: '', Trigger: '' },
  });
  cache(stack);
  Aspects.of(stack).add(new EnsureElastiCacheServiceLinkedRole());
}

/** Declares the role, and takes a property away from the custom resource. */
const without = (property: string) => (stack: Stack) => {
  (roleWith({ ...DESTROY, description: 'ours', trigger: '1' })(stack).node.defaultChild as CfnResource).addPropertyDeletionOverride(property);
};

preload(bystander, included, named(besideRole(NO_DELAY)), without('Trigger'));

async function deleteByHand(account: Account, ...command: string[]) {
  expect(await account.awsCli(...command)).toMatchObject({ exitCode: 0 });
}

describe('after its function was deleted by hand', () => {
  async function stackWithoutFunction(props: ElastiCacheServiceLinkedRoleProps) {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(besideRole(props));
    const { [`${LOGICAL_ID}Handler`]: handler } = await stack.resources();
    await deleteByHand(account, 'lambda', 'delete-function', '--function-name', handler!);
    return { account, stack, id: await account.roleId() };
  }

  test.concurrent('a stack is updated as long as no property of the custom resource changes, and fails with the name of the function if one does', async () => {
    const { stack } = await stackWithoutFunction(DESTROY);
    await stack.deploy((scope) => { besideRole(DESTROY)(scope); new logs.CfnLogGroup(scope, 'Other'); });

    const { events } = await stack.deploy(besideRole({ ...DESTROY, trigger: 'again' }), 'UPDATE_ROLLBACK_FAILED');

    expect(events).toContainEqual(expect.stringMatching(new RegExp(`^${LOGICAL_ID} UPDATE_FAILED .*:function:Stack-${LOGICAL_ID}Handler-\\w+' not found`)));
  });

  test.concurrent('a stack whose rollback failed continues without the custom resource, and can then be repaired', async () => {
    const { account, stack, id } = await stackWithoutFunction(NO_DELAY);
    await stack.deploy(besideRole({ ...NO_DELAY, trigger: 'again' }), 'UPDATE_ROLLBACK_FAILED');

    const { exitCode } = await stack.cdk(bystander, 'rollback', '--no-validate-bootstrap-version', '--orphan', LOGICAL_ID);

    expect(exitCode).toBe(0);
    expect((await stack.events()).at(-1)).toContain('UPDATE_ROLLBACK_COMPLETE');
    await stack.deploy(bystander);
    await stack.deploy(besideRole({ ...NO_DELAY, trigger: 'again' }));
    expect(await stack.recordedId()).toBe(ROLE_NAME);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with RETAIN, a deployment without the construct and one with it repair the stack', async () => {
    const { account, stack, id } = await stackWithoutFunction(NO_DELAY);

    await stack.deploy(bystander);
    const { calls } = await stack.deploy(besideRole(NO_DELAY));

    expect(calls).toEqual(['GetRole']);
    expect(await stack.recordedId()).toBe(ROLE_NAME);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with DESTROY, a deployment without the construct reports that the deletion failed, and retains the role', async () => {
    const { account, stack, id } = await stackWithoutFunction(DESTROY);

    const { events } = await stack.deploy(bystander);

    expect(events.filter((event) => event.includes('FAILED'))).toEqual([expect.stringMatching(`^${LOGICAL_ID} DELETE_FAILED .* not found`)]);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with RETAIN, the stack is deleted', async () => {
    const { account, stack, id } = await stackWithoutFunction(NO_DELAY);

    await stack.destroy();

    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with DESTROY, the deletion of the stack fails, and succeeds without the custom resource', async () => {
    const { account, stack, id } = await stackWithoutFunction(DESTROY);

    const { events } = await stack.destroy('DELETE_FAILED');
    expect(events.at(-1)).toContain(`DELETE_FAILED The following resource(s) failed to delete: [${LOGICAL_ID}]`);
    await deleteByHand(account, 'cloudformation', 'delete-stack', '--stack-name', 'Stack', '--retain-resources', LOGICAL_ID);
    await deleteByHand(account, 'cloudformation', 'wait', 'stack-delete-complete', '--stack-name', 'Stack');

    expect(await account.roleId()).toBe(id);
  });
});

test.concurrent('after its log group was deleted by hand, a stack is updated and deleted as before', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');
  await stack.deploy(roleWith(DESTROY));
  const { [`${LOGICAL_ID}HandlerLogGroup`]: logGroup } = await stack.resources();
  await deleteByHand(account, 'logs', 'delete-log-group', '--log-group-name', logGroup!);

  expect((await stack.deploy(roleWith({ ...DESTROY, trigger: 'again' }))).calls).toEqual(['GetRole']);
  await stack.destroy();

  expect(await account.role()).toBeUndefined();
});

describe('an aspect that names functions', () => {
  test.concurrent('is deployed with a new stack', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');

    await stack.deploy(named(roleWith(DESTROY)));

    expect(await stack.resources()).toMatchObject({ [`${LOGICAL_ID}Handler`]: 'corporate-name' });
    await stack.destroy();
    expect(await account.role()).toBeUndefined();
  });

  test.concurrent('is deployed to an existing stack by RETAIN, a deployment without the construct, and one with both', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(besideRole(DESTROY));
    const id = await account.roleId();

    await stack.deploy(besideRole(NO_DELAY));
    await stack.deploy(bystander);
    await stack.deploy(named(besideRole(NO_DELAY)));

    expect(await stack.resources()).toMatchObject({ [`${LOGICAL_ID}Handler`]: 'corporate-name', [LOGICAL_ID]: ROLE_NAME });
    expect(await account.roleId()).toBe(id);
  });
});

test.concurrent('the plain template, included in a stack with the aspect, is the declaration that a cache depends on', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');

  const { outputs, calls } = await stack.deploy(included);

  expect(calls).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(outputs.RoleName).toBe(ROLE_NAME);
  expect(await stack.resources()).toMatchObject({ Cache: 'sessions', [LOGICAL_ID]: `${ROLE_NAME}/${await account.roleId()}` });
});

describe('a template without the property', () => {
  test.concurrent.each(['Description', 'Trigger', 'RemovalPolicy'])('%s is deployed, changed, and deleted', async (property) => {
    const account = emptyAccount();
    const stack = account.stack('Stack');

    await stack.deploy(without(property));
    const id = await account.roleId();
    await stack.deploy(roleWith({ ...DESTROY, trigger: '2' }));
    await stack.deploy(without(property));

    expect(await account.roleId()).toBe(id);
    await stack.destroy();
    // Without a policy, the role is retained.
    expect(await account.roleId()).toBe(property === 'RemovalPolicy' ? id : undefined);
  });

  test.concurrent('PropagationDelay fails with one reason and creates nothing, and its stack is deleted', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');

    const { events, calls } = await stack.deploy(without('PropagationDelay'), 'ROLLBACK_COMPLETE');

    expect(events.filter((event) => event.includes('FAILED'))).toEqual([
      `${LOGICAL_ID} CREATE_FAILED PropagationDelay is undefined. Set it to a number of seconds from 0 to 600, then deploy again.`,
    ]);
    expect(calls).toEqual([]);
    await stack.destroy();
  });

  test.concurrent('PropagationDelay in an update fails likewise, and the rollback keeps the role', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(roleWith({ ...DESTROY, description: 'ours', trigger: '1' }));
    const id = await account.roleId();

    await stack.deploy(without('PropagationDelay'), 'UPDATE_ROLLBACK_COMPLETE');

    expect(await account.roleId()).toBe(id);
    await stack.destroy();
    expect(await account.role()).toBeUndefined();
  });
});
