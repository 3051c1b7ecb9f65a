import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { AwsCustomResource, AwsCustomResourcePolicy, type AwsSdkCall, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { ServiceLinkedRole } from 'upsert-slr';
import { useLocalAws } from './use-local-aws';
import { type Account, DEPLOY } from '../../local-aws/aws-account';
import { appWithAssets, assetBucket, bystander, cache, customResource, DESTROY, nativeRole, NO_DELAY, preload, roleWith } from '../../local-aws/declarations';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../../src/private/role-identity';

const { emptyAccount, deployed } = useLocalAws();

function upsertSlr(stack: Stack) {
  const { node } = new ServiceLinkedRole(stack, 'Upsert', { awsServiceName: SERVICE_PRINCIPAL });
  const resources = node.findAll().filter(CfnResource.isCfnResource);
  // 60 by default.
  resources.find(({ cfnResourceType }) => cfnResourceType.startsWith('Custom::'))!.addPropertyOverride('waitTimeSeconds', 0);
}

/** A custom resource that creates the role and whose Delete does nothing, as in the Landing Zone Accelerator. */
function createOnly(stack: Stack) {
  customResource(stack, 'iam:CreateServiceLinkedRole', `
    if (event.RequestType === 'Create') await new IAM().createServiceLinkedRole({ AWSServiceName: '${SERVICE_PRINCIPAL}' });`);
}

const DELETE_ROLE: AwsSdkCall = { service: 'IAM', action: 'DeleteServiceLinkedRole', parameters: { RoleName: ROLE_NAME } };

/** Creates the role with an `AwsCustomResource`, whose code is an asset. */
function awsCustomResource(stack: Stack, onDelete?: AwsSdkCall) {
  new AwsCustomResource(stack, 'AwsCustomResource', {
    onCreate: {
      service: 'IAM',
      action: 'CreateServiceLinkedRole',
      parameters: { AWSServiceName: SERVICE_PRINCIPAL },
      physicalResourceId: PhysicalResourceId.of('elasticache-service-linked-role'),
      ignoreErrorCodesMatching: 'InvalidInput',
    },
    onDelete,
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
    installLatestAwsSdk: false,
  });
}

function appWithAwsCustomResource(account: Account, onDelete?: AwsSdkCall) {
  const { app, stack } = appWithAssets(account, 'Migrating');
  awsCustomResource(stack, onDelete);
  const { directory } = app.synth();
  return { directory, template: readFileSync(join(directory, stack.templateFile), 'utf8') };
}

preload(bystander, upsertSlr, createOnly, awsCustomResource);

test.concurrent('replacing a native role in one deployment deletes it after its adoption', async () => {
  const { account, stack, id } = await deployed(nativeRole);

  const { outputs } = await stack.deploy(roleWith(NO_DELAY));

  expect(outputs.roleId).toBe(id);
  expect(await account.role()).toBeUndefined();
});

test.concurrent('a native role that is retained first and replaced afterward is adopted and retained', async () => {
  const { account, stack, id } = await deployed(nativeRole);
  await stack.deploy((scope) => nativeRole(scope).applyRemovalPolicy(RemovalPolicy.RETAIN));

  const { events } = await stack.deploy(roleWith(DESTROY));

  expect(events).toContain('Native DELETE_SKIPPED');
  expect(await stack.recordedId()).toBe(ROLE_NAME);
  expect(await account.roleId()).toBe(id);
});

test.concurrent.each([
  ['upsert-slr', upsertSlr],
  ['a custom resource whose Delete does nothing', createOnly],
])('%s is replaced in one deployment, which adopts and retains the role', async (_, before) => {
  const { account, stack, id } = await deployed(before);

  const { calls } = await stack.deploy(roleWith(DESTROY));

  expect(id).toBeDefined();
  expect(calls).toEqual(['GetRole']);
  expect(await stack.recordedId()).toBe(ROLE_NAME);
  expect(await account.roleId()).toBe(id);
});

test.concurrent('an AwsCustomResource with onDelete deletes the role after its adoption, and without onDelete retains it', async () => {
  const account = emptyAccount();
  await account.stack('Assets').deploy(assetBucket);
  const stack = account.stack('Migrating');
  const withOnDelete = appWithAwsCustomResource(account, DELETE_ROLE);
  // The CDK CLI uploads the asset, which the other deployments use, too.
  await account.cdk([...DEPLOY, '-a', withOnDelete.directory]);
  const id = await account.roleId();

  const { calls, outputs } = await stack.deploy(roleWith(NO_DELAY));

  expect(outputs.roleId).toBe(id);
  expect(calls).toEqual(['GetRole', 'DeleteServiceLinkedRole']);
  expect(await account.role()).toBeUndefined();

  await stack.destroy();
  await stack.deployTemplate(withOnDelete.template, {});
  const idBefore = await account.roleId();
  await stack.deployTemplate(appWithAwsCustomResource(account).template, {});

  expect((await stack.deploy(roleWith(NO_DELAY))).calls).toEqual(['GetRole']);
  expect(await account.roleId()).toBe(idBefore);
});

test.concurrent('a role that Terraform or a person created is adopted, and a changed trigger creates it again if they delete it later', async () => {
  const account = emptyAccount();
  const { RoleId: id } = await account.createRole();
  const stack = account.stack('Migrating');
  await stack.deploy(scope => cache(scope).node.addDependency(roleWith(DESTROY)(scope)));
  expect(await stack.recordedId()).toBe(ROLE_NAME);

  expect(await account.deleteRole()).toMatchObject({ status: 'FAILED' }); // A cache uses the role.
  expect(await account.roleId()).toBe(id);
  await stack.deploy(roleWith(DESTROY));
  await account.withoutRole();

  await expect(stack.deploy(roleWith(DESTROY))).rejects.toThrow('No updates are to be performed');
  await stack.deploy(roleWith({ ...DESTROY, trigger: 'after the deletion' }));
  expect(await stack.recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
});

test.concurrent('removing the declaration retains a role with RETAIN, even one that had DESTROY in an earlier deployment', async () => {
  const { account, stack, id } = await deployed(roleWith(DESTROY));
  await stack.deploy(roleWith(NO_DELAY));

  const { calls } = await stack.deploy(bystander);

  expect(calls).toEqual([]);
  expect(Object.keys(await stack.resources())).toEqual(['Bystander']);
  expect(await account.roleId()).toBe(id);
});
