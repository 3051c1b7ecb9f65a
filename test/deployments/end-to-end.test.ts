import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, Duration, NestedStack, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as servicecatalog from 'aws-cdk-lib/aws-servicecatalog';
import { FAULT, useLocalAws } from './use-local-aws';
import { type Declare, DEPLOY, LOGICAL_ID } from '../../local-aws/aws-account';
import { appWithAssets, assetBucket, bystander, cache, DESTROY, failingAfter, NO_DELAY, preload, roleWith } from '../../local-aws/declarations';
import { CASES, deployWithAwsCli, NO_WAIT, template } from '../../local-aws/deployment-cases';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { ROLE_NAME } from '../../src/private/role-identity';

const { emptyAccount, deployed } = useLocalAws();

function inVpc(stack: Stack) {
  // Without NAT gateways, which the local AWS does not have.
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
  new ElastiCacheServiceLinkedRole(stack, 'Role', { ...DESTROY, vpc });
}

function nestedStack(stack: Stack) {
  const nested = new NestedStack(stack, 'Nested');
  cache(nested).node.addDependency(new ElastiCacheServiceLinkedRole(nested, 'Role', DESTROY));
}

function productStack(stack: Stack) {
  const product = new servicecatalog.ProductStack(stack, 'Product');
  new servicecatalog.CloudFormationProduct(stack, 'Cache', {
    productName: 'cache',
    owner: 'platform',
    productVersions: [{ cloudFormationTemplate: servicecatalog.CloudFormationTemplate.fromProductStack(product) }],
  });
  cache(product).node.addDependency(new ElastiCacheServiceLinkedRole(product, 'Role', DESTROY));
  return product;
}

preload(inVpc, nestedStack, productStack, stack => Aspects.of(stack).add(new EnsureElastiCacheServiceLinkedRole()));

test.concurrent.each(CASES)('$name', async (each) => {
  await each.run(emptyAccount());
});

test.concurrent.each([
  ['PropagationDelay=601', "Parameter 'PropagationDelay' must be a number not greater than 600"],
  ['PermissionsBoundary=boundary', "Parameter 'PermissionsBoundary' must be empty or the ARN of a managed policy"],
])('aws cloudformation deploy fails with %s and one readable error', async (parameter, error) => {
  const account = emptyAccount();

  await expect(deployWithAwsCli(account, parameter)).rejects.toThrow(
    new RegExp(`An error occurred \\(ValidationError\\) when calling the CreateChangeSet operation: ${error}\n$`));
  expect(await account.calls()).toEqual([]);
});

describe('a creation that fails after it created the role', () => {
  /** The second read of the handler fails, which waits before it. */
  async function deployedWithFault(expected: string, options?: { readonly DisableRollback: boolean }) {
    const account = emptyAccount();
    const stack = account.stack('Failing');
    await account.configure({ faults: { GetRole: { ...FAULT, after: 1, times: 1 } } });
    const { events } = await stack.deploy(roleWith({ ...DESTROY, propagationDelay: Duration.seconds(10) }), expected, options);
    const id = await account.roleId();
    expect(id).toBeDefined();
    return { account, stack, id, events };
  }

  test.concurrent('is rolled back, and retains the role, which the next deployment adopts', async () => {
    const { account, stack, id, events } = await deployedWithFault('ROLLBACK_COMPLETE');
    expect(events).toContain(`${LOGICAL_ID} CREATE_FAILED iam:GetRole failed: ValidationError: try later`);
    expect(events).toContain(`${LOGICAL_ID} DELETE_COMPLETE`);

    await stack.destroy();
    await stack.deploy(roleWith(DESTROY));

    expect(await stack.recordedId()).toBe(ROLE_NAME);
    expect(await account.calls()).not.toContain('DeleteServiceLinkedRole');
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('with --no-rollback, retains the role, which the next deployment adopts', async () => {
    const { account, stack, id } = await deployedWithFault('CREATE_FAILED', { DisableRollback: true });
    expect(await stack.recordedId()).toBe('not-created');

    await stack.deploy(roleWith(DESTROY), 'UPDATE_COMPLETE', { DisableRollback: true });

    expect(await stack.recordedId()).toBe(ROLE_NAME);
    expect(await account.calls()).not.toContain('DeleteServiceLinkedRole');
    expect(await account.roleId()).toBe(id);
  });
});

// test/model/edits.test.ts has every sequence of edits, on a model of CloudFormation.
test.concurrent('two constructs are declared, one more is added in front, and all are removed; each deployment is first rolled back', async () => {
  const constructs = (...ids: string[]): Declare => (stack) => {
    bystander(stack);
    ids.forEach((id) => new ElastiCacheServiceLinkedRole(stack, id, DESTROY));
  };
  const { account, stack } = await deployed(constructs());
  let created: string | undefined;

  for (const ids of [['First', 'Second'], ['Third', 'First', 'Second'], ['Second'], []]) {
    await stack.deploy(failingAfter(constructs(...ids)), 'UPDATE_ROLLBACK_COMPLETE');
    expect(await account.roleId()).toBe(created);
    await stack.deploy(constructs(...ids));
    created ??= await account.roleId();
    expect(created).toBeDefined();
    expect(await account.roleId()).toBe(ids.length > 0 ? created : undefined);
  }
});

const { RETAIN, RETAIN_ON_UPDATE_OR_DELETE } = RemovalPolicy;

test.concurrent.each([
  [RETAIN, RemovalPolicy.DESTROY],
  [RemovalPolicy.DESTROY, RETAIN_ON_UPDATE_OR_DELETE],
])('removalPolicy %s changed to %s is deployed, and the deletion of the stack follows it', async (from, to) => {
  const { account, stack, id } = await deployed(roleWith({ ...NO_DELAY, removalPolicy: from }));

  const { events } = await stack.deploy(roleWith({ ...NO_DELAY, removalPolicy: to }));

  expect(events).toContain(`${LOGICAL_ID} UPDATE_COMPLETE`);
  await stack.destroy();
  expect(await account.roleId()).toBe(to === RemovalPolicy.DESTROY ? undefined : id);
});

test.concurrent('the function runs in a VPC of the same stack, and still deletes the role with it', async () => {
  const { account, stack, id } = await deployed(inVpc);
  expect(id).toBeDefined();

  await stack.destroy();

  expect(await account.role()).toBeUndefined();
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
  nestedStack(stack);
  const { directory } = app.synth();

  await account.cdk([...DEPLOY, '-a', directory]);

  expect(await account.calls()).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
  expect(await account.role()).toBeDefined();
  await account.stack('Parent').destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('the template of a Service Catalog product declares the role', async () => {
  const account = emptyAccount();
  const { app, stack } = appWithAssets(account, 'Parent');
  const product = productStack(stack);
  const { directory } = app.synth();

  const provisioned = account.stack('Provisioned');
  await provisioned.deployTemplate(readFileSync(join(directory, product.templateFile), 'utf8'), {});

  expect(await provisioned.recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
});

test.concurrent('the plain template applies a permissions boundary to the role of the function', async () => {
  const account = emptyAccount();
  const statement = { Effect: 'Allow', Action: ['iam:GetRole', 'iam:CreateServiceLinkedRole', 'logs:*'], Resource: '*' };
  const { Policy: boundary } = await account.iam.createPolicy({
    PolicyName: 'boundary', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
  });
  const stack = account.stack('Plain');

  await stack.deployTemplate(template, { ...NO_WAIT, PermissionsBoundary: boundary!.Arn! });

  const RoleName = (await stack.resources())[`${LOGICAL_ID}HandlerRole`];
  const { Role: role } = await account.iam.getRole({ RoleName });
  expect(role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(boundary!.Arn);
  expect(await account.role()).toBeDefined();
});
