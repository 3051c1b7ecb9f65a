import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { FAULT, useLocalAws } from './use-local-aws';
import { type Account, type Declare, DEPLOY, FORCE_DESTROY, LOGICAL_ID } from '../../local-aws/aws-account';
import { besideRole, bystander, DESTROY, failingAfter, NO_DELAY, preload, roleWith, withPaths } from '../../local-aws/declarations';
import { ElastiCacheServiceLinkedRole } from '../../src';
import { ROLE_NAME } from '../../src/private/role-identity';

// What people do to a deployed stack with the CDK CLI and the AWS CLI. docs/operating.md states what these tests show.

const { emptyAccount, deployed } = useLocalAws();

const CHANGE_SET = ['deploy', '--require-approval=never'] as const;
// Without the bootstrap stack, which the local AWS does not have.
const ROLLBACK = ['rollback', '--no-validate-bootstrap-version'] as const;
const HOTSWAP_FALLBACK = ['deploy', '--hotswap-fallback', '--require-approval=never'] as const;

const PAGE = readFileSync(join(__dirname, '../../docs/operating.md'), 'utf8').replace(/\n(?=\w)/g, ' ');

/** Declares the role with newer code of its function, as an upgrade of this package does. */
const withNewerCode: Declare = (stack) => {
  const handler = roleWith(DESTROY)(stack).node.findChild('Handler').node.defaultChild as lambda.CfnFunction;
  handler.code = { zipFile: `// A newer version.\n${(handler.code as lambda.CfnFunction.CodeProperty).zipFile}` };
};

/** Declares the role, and a function of the user that has the ARN of the role in its environment. */
const withUserFunction = (code: string, { arn, trigger, environment }: {
  arn: 'attribute' | 'fromAccount'; trigger?: string; environment?: Record<string, string>;
}): Declare => (stack) => {
  const role = roleWith({ ...DESTROY, trigger })(stack);
  const { roleArn } = arn === 'attribute' ? role : ElastiCacheServiceLinkedRole.fromAccount(stack, 'AccountRole');
  new lambda.Function(stack, 'User', {
    functionName: 'user',
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(code),
    environment: { ROLE_ARN: roleArn, ...environment },
  });
};

preload(bystander, withNewerCode, withUserFunction('// 1', { arn: 'attribute' }), withUserFunction('// 1', { arn: 'fromAccount' }));

async function userFunction(account: Account) {
  return JSON.parse(await account.awsCli(['lambda', 'get-function-configuration', '--function-name', 'user']));
}

describe('cdk diff and cdk deploy', () => {
  test.concurrent('after a deployment, there are no differences, and another deployment sends no event', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.cdk(roleWith(DESTROY), CHANGE_SET);
    const calls = await account.calls();

    expect(await stack.cdk(roleWith(DESTROY), ['diff'])).toContain('There were no differences');
    expect(await stack.cdk(roleWith(DESTROY), CHANGE_SET)).toContain('Stack (no changes)');
    expect(await account.calls()).toEqual(calls);
  });

  test.concurrent('sends as much of a template without a bucket as the page states', async () => {
    const documented = Number(/up to ([\d,]+) with the CDK CLI/.exec(PAGE)![1].replace(',', ''));
    const account = emptyAccount();
    await account.stack('Stack').cdk(withPaths(roleWith({ ...DESTROY, description: 'Caches & sessions', trigger: '2026-11-30' })), DEPLOY);

    const template = await account.awsCli(['cloudformation', 'get-template', '--stack-name', 'Stack', '--query', 'TemplateBody', '--output', 'text']);

    expect(template.length).toBeLessThanOrEqual(documented);
    expect(template.length).toBeGreaterThan(documented * 0.9);
  });

  test.concurrent('a changed trigger is shown as a possible replacement, and deployed as an update of the same resource', async () => {
    const { account, stack } = await deployed(roleWith(DESTROY));
    const [id, calls] = [await stack.recordedId(), await account.calls()];
    const changed = roleWith({ ...DESTROY, trigger: 'again' });

    expect(await stack.cdk(changed, ['diff'])).toContain(`${LOGICAL_ID} may be replaced`);
    await stack.cdk(changed, CHANGE_SET);

    expect(await stack.recordedId()).toBe(id);
    expect(await account.calls()).toEqual([...calls, 'GetRole']);
  });

  test.concurrent('an upgrade that changes the code alone shows the code, and sends no event', async () => {
    const { account, stack } = await deployed(roleWith(DESTROY));
    const calls = await account.calls();

    const diff = await stack.cdk(withNewerCode, ['diff']);
    expect(diff).toContain(`[~] AWS::Lambda::Function Role/Handler ${LOGICAL_ID}Handler └─ [~] Code └─ [~] .ZipFile`);
    expect(diff.match(/\[[~+-]\] \w+::/g)).toHaveLength(1);
    await stack.cdk(withNewerCode, CHANGE_SET);

    expect(await account.calls()).toEqual(calls);
    await stack.destroy();
    expect(await account.role()).toBeUndefined();
  });
});

describe('with an attribute of the role in the environment of a function', () => {
  test.concurrent('cdk deploy --hotswap swaps the code, but deploys nothing if the environment changes, unless with --hotswap-fallback', async () => {
    const { account, stack } = await deployed(withUserFunction('// 1', { arn: 'attribute' }));
    const { CodeSha256: before } = await userFunction(account);

    const output = await stack.cdk(withUserFunction('// 2', { arn: 'attribute' }), ['deploy', '--hotswap']);

    expect(output).toContain("AWS::Lambda::Function 'user' hotswapped!");
    expect(output).toContain("should include '--revert-drift'");
    expect((await userFunction(account)).CodeSha256).not.toBe(before);

    const changed = withUserFunction('// 2', { arn: 'attribute', environment: { LEVEL: 'debug' } });
    const outputOfChanged = await stack.cdk(changed, ['deploy', '--hotswap']);
    expect(outputOfChanged).toContain('Could not perform a hotswap deployment, because the CloudFormation template could not be resolved: '
      + "Could not find 'RoleArn' attribute of the 'Custom::ElastiCacheServiceLinkedRole' resource");
    expect(outputOfChanged).toContain('Stack (no changes)');
    expect((await userFunction(account)).Environment.Variables).not.toHaveProperty('LEVEL');

    expect(await stack.cdk(changed, HOTSWAP_FALLBACK)).toContain('Falling back to doing a full deployment');
    expect((await userFunction(account)).Environment.Variables).toHaveProperty('LEVEL', 'debug');
    expect((await stack.deploy(withUserFunction('// 2', { arn: 'attribute', trigger: 'again' }))).calls).toEqual(['GetRole']);
  });

  test.concurrent('cdk watch swaps the code', async () => {
    const { account } = await deployed(withUserFunction('// 1', { arn: 'attribute' }));
    const { CodeSha256: before } = await userFunction(account);
    const app = account.synthesize({ Stack: withUserFunction('// 2', { arn: 'attribute' }) });
    writeFileSync(join(account.directory, 'cdk.json'), JSON.stringify({ watch: { include: 'nothing' } }));

    await account.cdkUntil("AWS::Lambda::Function 'user' hotswapped!", ['watch', '-a', app]);

    expect((await userFunction(account)).CodeSha256).not.toBe(before);
  });
});

describe('cdk deploy --hotswap', () => {
  test.concurrent('swaps an environment with the ARN of fromAccount', async () => {
    const { account, stack } = await deployed(withUserFunction('// 1', { arn: 'fromAccount' }));

    const changed = withUserFunction('// 1', { arn: 'fromAccount', environment: { LEVEL: 'debug' } });
    expect(await stack.cdk(changed, ['deploy', '--hotswap'])).toContain("AWS::Lambda::Function 'user' hotswapped!");

    expect((await userFunction(account)).Environment.Variables).toMatchObject({ LEVEL: 'debug', ROLE_ARN: (await account.role())!.Arn });
  });

  test.concurrent('ignores a changed trigger without a word, and --hotswap-fallback deploys it', async () => {
    const { account, stack } = await deployed(roleWith(DESTROY));
    const calls = await account.calls();
    const changed = roleWith({ ...DESTROY, trigger: 'again' });

    expect(await stack.cdk(changed, ['deploy', '--hotswap'])).not.toContain(LOGICAL_ID);
    expect(await account.calls()).toEqual(calls);

    expect(await stack.cdk(changed, HOTSWAP_FALLBACK)).toContain('The following non-hotswappable changes were found:');
    expect(await account.calls()).toEqual([...calls, 'GetRole']);
  });
});

test.concurrent('cdk deploy --express and cdk destroy --express deploy the role and delete it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');

  expect(await stack.cdk(roleWith(DESTROY), [...CHANGE_SET, '--express'])).toContain('Stack deployed using Express Mode');
  expect(await account.role()).toBeDefined();

  expect(await stack.cdk(roleWith(DESTROY), [...FORCE_DESTROY, '--express'])).toContain('Stack deleted using Express Mode');
  expect(await account.role()).toBeUndefined();
});

describe('cdk rollback', () => {
  test.concurrent.each([
    ['deletes', 'created'],
    ['retains', 'adopted'],
  ])('after cdk deploy --no-rollback, %s a role with DESTROY that the stack %s', async (_, how) => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    const id = how === 'adopted' ? (await account.createRole()).RoleId : undefined;
    await stack.cdk(failingAfter(roleWith(DESTROY)), [...CHANGE_SET, '--no-rollback'], 1);
    expect(await account.role()).toBeDefined();

    await stack.cdk(failingAfter(roleWith(DESTROY)), ROLLBACK);

    expect((await stack.events()).at(-1)).toContain('ROLLBACK_COMPLETE');
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('continues a rollback that failed, or skips the resource, and the next deployment repairs the description', async () => {
    const described = (description: string) => ({ ...DESTROY, description });
    const { account, stack } = await deployed(roleWith(described('before')));
    const id = await stack.recordedId();
    await stack.cdk(failingAfter(roleWith(described('after'))), [...DEPLOY, '--no-rollback'], 1);
    await account.configure({ faults: { UpdateRoleDescription: FAULT } });

    // The CLI reports success if the rollback failed before the CLI first read the status.
    await stack.cdk(roleWith(DESTROY), ROLLBACK).catch(({ message }: Error) => expect(message.replace(/\s+/g, ' ')).toContain(
      'ValidationError: try later (fix problem and retry, or orphan these resources using --orphan or --force)'));
    const events = await stack.events();
    expect(events).toContain(`${LOGICAL_ID} UPDATE_FAILED iam:UpdateRoleDescription failed: ValidationError: try later`);
    expect(events.at(-1)).toContain('UPDATE_ROLLBACK_FAILED');
    await stack.cdk(roleWith(DESTROY), [...ROLLBACK, '--orphan', LOGICAL_ID]);

    expect((await stack.events()).at(-1)).toContain('UPDATE_ROLLBACK_COMPLETE');
    expect(await stack.recordedId()).toBe(id);
    expect((await account.role())?.Description).toBe('after');
    await account.configure({ faults: {} });
    await stack.deploy(roleWith({ ...described('before'), trigger: 'again' }));
    expect((await account.role())?.Description).toBe('before');
  });
});

describe('a deletion that failed', () => {
  test.concurrent('in an update is reported, and does not fail the update', async () => {
    const { account, stack, id } = await deployed(besideRole(DESTROY));
    await account.configure({ faults: { DeleteServiceLinkedRole: FAULT } });

    const { events } = await stack.deploy(bystander);

    expect(events).toContain(`${LOGICAL_ID} DELETE_FAILED iam:DeleteServiceLinkedRole failed: ValidationError: try later`);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('of the stack ends with --retain-resources, which retains the role', async () => {
    const { account, stack, id } = await deployed(roleWith(DESTROY));
    await account.configure({ faults: { DeleteServiceLinkedRole: FAULT } });
    await expect(stack.cdk(roleWith(DESTROY), FORCE_DESTROY)).rejects.toThrow(/iam:DeleteServiceLinkedRole failed: ValidationError: try later/);

    await stack.destroy({ retain: [LOGICAL_ID] });

    expect(await account.roleId()).toBe(id);
  });
});

test.concurrent('cdk orphan removes the resources from the stack without an event, and the next deployment adopts the role', async () => {
  const declare = withPaths((stack) => {
    bystander(stack);
    new ElastiCacheServiceLinkedRole(stack, 'Role', DESTROY);
  });
  const { account, stack, id } = await deployed(declare);
  const [calls, { [`${LOGICAL_ID}Handler`]: handler }] = [await account.calls(), await stack.resources()];

  expect(await stack.cdk(declare, ['orphan', 'Stack/Role', '--unstable=orphan', '--yes'])).toContain('Resources to orphan (4)');

  expect(Object.keys(await stack.resources())).not.toContain(LOGICAL_ID);
  expect(await account.calls()).toEqual(calls);
  expect(await account.roleId()).toBe(id);
  await account.awsCli(['lambda', 'get-function', '--function-name', handler!]);
  await stack.deploy(declare);
  expect(await stack.recordedId()).toBe(ROLE_NAME);
});

describe('cdk refactor', () => {
  const REFACTOR = ['refactor', '--unstable=refactor', '--dry-run'] as const;

  test.concurrent('has nothing to do for a construct that is renamed within its stack', async () => {
    const { stack } = await deployed(withPaths((scope) => new ElastiCacheServiceLinkedRole(scope, 'Role', DESTROY)));

    const renamed = withPaths((scope) => new ElastiCacheServiceLinkedRole(scope, 'Renamed', DESTROY));
    expect(await stack.cdk(renamed, REFACTOR)).toContain('Nothing to refactor');
  });

  test.concurrent('offers to move the custom resource to another stack, which CloudFormation does not support', async () => {
    const account = emptyAccount();
    const [alone, withRole] = [withPaths(bystander), withPaths(besideRole(DESTROY))];
    await account.cdk([...DEPLOY, '--all', '-a', account.synthesize({ From: withRole, To: alone })]);

    const moved = account.synthesize({ From: alone, To: withRole });
    expect(await account.cdk([...REFACTOR, '-a', moved])).toMatch(/Custom::ElastiCacheServiceLinkedRole . From\/Role\/Resource/);
  });
});

test.concurrent('a declaration moves to another stack by RETAIN, and owns the role again if it is deleted and created', async () => {
  const { account, stack: from, id } = await deployed(besideRole(DESTROY));
  const to = account.stack('To');

  await from.deploy(besideRole(NO_DELAY));
  await to.deploy(besideRole(DESTROY));
  await from.deploy(bystander);

  expect(await account.roleId()).toBe(id);
  expect(await to.recordedId()).toBe(ROLE_NAME);
  await account.deleteRole();
  await to.deploy(besideRole({ ...DESTROY, trigger: 'again' }));
  expect(await to.recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
  await to.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('cdk drift does not check the role, and finds a function that was deleted by hand', async () => {
  const { account, stack } = await deployed(roleWith(DESTROY));
  await account.deleteRole();

  expect(await stack.cdk(roleWith(DESTROY), ['drift'])).toMatch(/No drift detected .*drift: 0 \(1 unchecked\)/);

  const { [`${LOGICAL_ID}Handler`]: handler } = await stack.resources();
  await account.awsCli(['lambda', 'delete-function', '--function-name', handler!]);
  expect(await stack.cdk(roleWith(DESTROY), ['drift'])).toContain(`Deleted Resources [-] AWS::Lambda::Function Role/Handler ${LOGICAL_ID}Handler`);
});

test.concurrent.each([
  ['DeleteServiceLinkedRole', ROLE_NAME, true],
  ['DeleteServiceLinkedRole', 'AWSServiceRoleForBatch', false],
  ['CreateServiceLinkedRole', ROLE_NAME, false],
])('the rule on the page matches what CloudTrail records of %s of %s: %s', async (eventName, roleName, matches) => {
  const account = emptyAccount();
  const pattern = /--event-pattern '([^']+)'/.exec(PAGE)![1];
  const event = {
    'id': '1',
    'source': 'aws.iam',
    'detail-type': 'AWS API Call via CloudTrail',
    'account': account.id,
    'time': '2026-11-30T00:00:00Z',
    'region': 'us-east-1',
    'resources': [],
    'detail': { eventSource: 'iam.amazonaws.com', eventName, requestParameters: { roleName } },
  };

  const output = await account.awsCli(['events', 'test-event-pattern', '--event-pattern', pattern, '--event', JSON.stringify(event)]);

  expect(JSON.parse(output).Result).toBe(matches);
});
