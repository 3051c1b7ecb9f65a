import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, Duration, NestedStack, type Stack } from 'aws-cdk-lib';
import * as servicecatalog from 'aws-cdk-lib/aws-servicecatalog';
import { useLocalAws } from './use-local-aws';
import { AWS_CLI_REQUIREMENTS, DEPLOY, LOGICAL_ID } from '../../local-aws/aws-account';
import { appWithAssets, assetBucket, cache, DESTROY, preload, roleWith } from '../../local-aws/declarations';
import { CASES, deployWithAwsCli, NO_WAIT, template } from '../../local-aws/deployment-cases';
import type { Fault } from '../../local-aws/local-aws';
import { installedPython } from '../../local-aws/python';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { ROLE_NAME } from '../../src/private/role-identity';

const DENIED: Fault = { code: 'AccessDenied', status: 403, message: `User: tester is not authorized to perform: iam:CreateServiceLinkedRole on ${ROLE_NAME}` };

// The tests mostly wait. Five run at once, each in its own account.
jest.setTimeout(300_000);

const emptyAccount = useLocalAws();

beforeAll(async () => {
  await installedPython(AWS_CLI_REQUIREMENTS, () => process.stderr.write('Installing the AWS CLI\n'));
}, 300_000);

/** Makes the handler fail after it created the role: its second read fails. */
const FAILING_AFTER_CREATION = { GetRole: { code: 'ValidationError', status: 400, message: 'try later', after: 1, times: 1 } };
const SHORT_DELAY = { ...DESTROY, propagationDelay: Duration.seconds(3) };

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

preload(nestedStack, productStack, stack => Aspects.of(stack).add(new EnsureElastiCacheServiceLinkedRole()));

test.concurrent.each(CASES)('$name', async ({ run }) => {
  await run(emptyAccount());
});

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

test.concurrent('a regular IAM role that uses the reserved name fails the deployment, and the reason contains its ARN', async () => {
  const account = emptyAccount();
  await account.iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' });

  const { events } = await account.stack('Wrong').deploy(roleWith(DESTROY), 'ROLLBACK_COMPLETE');

  expect(events).toContainEqual(expect.stringContaining(
    `${LOGICAL_ID} CREATE_FAILED a regular IAM role uses the reserved name: arn:aws:iam::${account.id}:role/${ROLE_NAME}. Delete it, then deploy again.`));
  expect(await account.role()).toMatchObject({ Path: '/' });
});

test.concurrent('a failed creation retains the role that it created, which the next deployment adopts', async () => {
  const account = emptyAccount();
  const stack = account.stack('Failing');
  await account.configure({ faults: FAILING_AFTER_CREATION });

  const { events } = await stack.deploy(roleWith(SHORT_DELAY), 'ROLLBACK_COMPLETE');

  const id = await account.roleId();
  expect(id).toBeDefined();
  expect(events).toEqual(expect.arrayContaining([`${LOGICAL_ID} CREATE_FAILED iam:GetRole failed: ValidationError: try later`, `${LOGICAL_ID} DELETE_COMPLETE`]));
  await stack.destroy();
  await stack.deploy(roleWith(DESTROY));
  expect(await stack.recordedId()).toBe(ROLE_NAME);
  expect(await account.calls()).not.toContain('DeleteServiceLinkedRole');
  expect(await account.roleId()).toBe(id);
});

test.concurrent('with --no-rollback, the deployment after a failed creation adopts the role and retains it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Failing');
  await account.configure({ faults: FAILING_AFTER_CREATION });
  await stack.deploy(roleWith(SHORT_DELAY), 'CREATE_FAILED', { DisableRollback: true });
  const id = await account.roleId();
  expect(id).toBeDefined();
  expect(await stack.recordedId()).toBe('not-created');

  await stack.deploy(roleWith(DESTROY), 'UPDATE_COMPLETE', { DisableRollback: true });

  expect(await stack.recordedId()).toBe(ROLE_NAME);
  expect(await account.calls()).not.toContain('DeleteServiceLinkedRole');
  expect(await account.roleId()).toBe(id);
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

  expect(await account.cdk([...DEPLOY, '-a', directory])).toMatchObject({ exitCode: 0 });

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
