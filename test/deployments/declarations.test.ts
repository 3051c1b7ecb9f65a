import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { useLocalAws } from './use-local-aws';
import { bystander, DESTROY, nativeRole, NO_DELAY, preload } from '../../local-aws/declarations';
import { ElastiCacheServiceLinkedRole } from '../../src';

// What a stack meets when its declarations change. The exploration of edits (test/model) has the sequences; here, CloudFormation deploys some.

jest.setTimeout(300_000);

const emptyAccount = useLocalAws();

type Declare = (stack: Stack) => unknown;

const constructs = (...ids: string[]): Declare => (stack) => {
  bystander(stack);
  return ids.map((id) => new ElastiCacheServiceLinkedRole(stack, id, DESTROY));
};

/** Deploys something else that fails after the declarations. */
const failing = (declare: Declare): Declare => (stack) => {
  declare(stack);
  const failure = nativeRole(stack);
  stack.node.children.filter((child) => child instanceof ElastiCacheServiceLinkedRole).forEach((role) => failure.node.addDependency(role));
};

preload(constructs('First'));

test.concurrent.each<[string, string[][]]>([
  ['the second of two constructs is removed', [['First', 'Second'], ['First']]],
  ['the first of two constructs is removed', [['First', 'Second'], ['Second']]],
  ['a third construct is added in front of two', [['First', 'Second'], ['Third', 'First', 'Second']]],
  ['both constructs are removed, one after the other', [['First', 'Second'], ['Second'], []]],
  ['both constructs are removed at once', [['First', 'Second'], []]],
])('with DESTROY, each deployment also rolled back before it succeeds: %s', async (_, steps) => {
  const account = emptyAccount();
  const stack = account.stack('Stack');
  await stack.deploy(constructs());
  let created: string | undefined;
  for (const ids of steps) {
    await stack.deploy(failing(constructs(...ids)), 'UPDATE_ROLLBACK_COMPLETE');
    expect(await account.roleId()).toBe(created);
    await stack.deploy(constructs(...ids));
    created ??= await account.roleId();
    expect(await account.roleId()).toBe(ids.length > 0 ? created : undefined);
  }
  expect(created).toBeDefined();

  await stack.destroy();

  expect(await account.role()).toBeUndefined();
});

const POLICIES = [RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE];

test.concurrent.each(POLICIES.flatMap((from) => POLICIES.filter((to) => to !== from).map((to) => [from, to])))(
  'removalPolicy %s changed to %s is deployed, and the deletion of the stack follows it', async (from, to) => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    const declare = (removalPolicy: RemovalPolicy): Declare => (scope) => new ElastiCacheServiceLinkedRole(scope, 'Role', { ...NO_DELAY, removalPolicy });
    await stack.deploy(declare(from));
    const id = await account.roleId();

    const { events } = await stack.deploy(declare(to));

    expect(events).toContain('CustomElastiCacheServiceLinkedRole UPDATE_COMPLETE');
    await stack.destroy();
    expect(await account.roleId()).toBe(to === RemovalPolicy.DESTROY ? undefined : id);
  });

function inVpc(stack: Stack) {
  // Without NAT gateways, which the local AWS does not have.
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
  new ElastiCacheServiceLinkedRole(stack, 'Role', { ...DESTROY, vpc });
}

preload(inVpc);

test.concurrent('the function runs in a VPC of the same stack, and still deletes the role with it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');

  await stack.deploy(inVpc);

  expect(await account.role()).toBeDefined();
  await stack.destroy();
  expect(await account.role()).toBeUndefined();
});
