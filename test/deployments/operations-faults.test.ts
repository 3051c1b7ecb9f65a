import { Aspects } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { useLocalAws } from './use-local-aws';
import { type Declare, LOGICAL_ID } from '../../local-aws/aws-account';
import { besideRole, bystander, DESTROY, NO_DELAY, preload, roleWith } from '../../local-aws/declarations';
import type { ElastiCacheServiceLinkedRoleProps } from '../../src';
import { ROLE_NAME } from '../../src/private/role-identity';

// What a stack meets when somebody deletes or names what belongs to it. docs/operating.md states what these tests show.

const { deployed } = useLocalAws();

/** Names each function, as an aspect of an organization does. */
const named = (declare: Declare): Declare => (stack) => {
  declare(stack);
  Aspects.of(stack).add({ visit: (node) => { if (node instanceof lambda.CfnFunction) node.functionName = 'corporate-name'; } });
};

preload(bystander, named(besideRole(NO_DELAY)));

describe('after its function was deleted by hand', () => {
  async function deployedWithoutFunction(props: ElastiCacheServiceLinkedRoleProps) {
    const { account, stack, id } = await deployed(besideRole(props));
    const { [`${LOGICAL_ID}Handler`]: handler } = await stack.resources();
    await account.awsCli(['lambda', 'delete-function', '--function-name', handler!]);
    return { account, stack, id };
  }

  test.concurrent('a stack is updated if no property of the custom resource changes, and otherwise its rollback continues without that', async () => {
    const { account, stack, id } = await deployedWithoutFunction(NO_DELAY);
    const changed = besideRole({ ...NO_DELAY, trigger: 'again' });
    await stack.deploy((scope) => { besideRole(NO_DELAY)(scope); new logs.CfnLogGroup(scope, 'Other'); });

    const { events } = await stack.deploy(changed, 'UPDATE_ROLLBACK_FAILED');
    expect(events).toContainEqual(expect.stringMatching(new RegExp(`^${LOGICAL_ID} UPDATE_FAILED .*:function:Stack-${LOGICAL_ID}Handler-\\w+' not found`)));
    await stack.cdk(bystander, ['rollback', '--no-validate-bootstrap-version', '--orphan', LOGICAL_ID]);

    expect((await stack.events()).at(-1)).toContain('UPDATE_ROLLBACK_COMPLETE');
    await stack.deploy(bystander);
    await stack.deploy(changed);
    expect(await stack.recordedId()).toBe(ROLE_NAME);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with RETAIN, a deployment without the construct and one with it repair the stack', async () => {
    const { account, stack, id } = await deployedWithoutFunction(NO_DELAY);

    await stack.deploy(bystander);
    const { calls } = await stack.deploy(besideRole(NO_DELAY));

    expect(calls).toEqual(['GetRole']);
    expect(await stack.recordedId()).toBe(ROLE_NAME);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with DESTROY, a deployment without the construct reports that the deletion failed, and retains the role', async () => {
    const { account, stack, id } = await deployedWithoutFunction(DESTROY);

    const { events } = await stack.deploy(bystander);

    expect(events.filter((event) => event.includes('FAILED'))).toEqual([expect.stringMatching(`^${LOGICAL_ID} DELETE_FAILED .* not found`)]);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with RETAIN, the stack is deleted', async () => {
    const { account, stack, id } = await deployedWithoutFunction(NO_DELAY);

    await stack.destroy();

    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with DESTROY, the deletion of the stack fails, and succeeds without the custom resource', async () => {
    const { account, stack, id } = await deployedWithoutFunction(DESTROY);

    const { events } = await stack.destroy({ expected: 'DELETE_FAILED' });
    expect(events.at(-1)).toContain(`DELETE_FAILED The following resource(s) failed to delete: [${LOGICAL_ID}]`);
    await stack.destroy({ retain: [LOGICAL_ID] });

    expect(await account.roleId()).toBe(id);
  });
});

test.concurrent('after its log group was deleted by hand, a stack is updated and deleted as before', async () => {
  const { account, stack } = await deployed(roleWith(DESTROY));
  const { [`${LOGICAL_ID}HandlerLogGroup`]: logGroup } = await stack.resources();
  await account.awsCli(['logs', 'delete-log-group', '--log-group-name', logGroup!]);

  expect((await stack.deploy(roleWith({ ...DESTROY, trigger: 'again' }))).calls).toEqual(['GetRole']);
  await stack.destroy();

  expect(await account.role()).toBeUndefined();
});

test.concurrent('an aspect that names functions is deployed to an existing stack by RETAIN, without the construct, and then with both', async () => {
  const { account, stack, id } = await deployed(besideRole(DESTROY));

  await stack.deploy(besideRole(NO_DELAY));
  await stack.deploy(bystander);
  await stack.deploy(named(besideRole(NO_DELAY)));

  expect(await stack.resources()).toMatchObject({ [`${LOGICAL_ID}Handler`]: 'corporate-name', [LOGICAL_ID]: ROLE_NAME });
  expect(await account.roleId()).toBe(id);
});
