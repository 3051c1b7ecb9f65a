import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { useLocalAws } from './use-local-aws';
import { type Account, AWS_CLI_REQUIREMENTS, type CommandResult, DEPLOY, FORCE_DESTROY, LOGICAL_ID } from '../../local-aws/aws-account';
import { bystander, DESTROY, failingAfterRoleWith, NO_DELAY, preload, roleWith } from '../../local-aws/declarations';
import type { Fault } from '../../local-aws/local-aws';
import { installedPython } from '../../local-aws/python';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../src';
import { ROLE_NAME } from '../../src/private/role-identity';

// What people do to a deployed stack with the CDK CLI and the AWS CLI. docs/operating.md states what these tests show.

jest.setTimeout(300_000);

const emptyAccount = useLocalAws();

beforeAll(async () => {
  await installedPython(AWS_CLI_REQUIREMENTS, () => process.stderr.write('Installing the AWS CLI\n'));
}, 300_000);

type Declare = (stack: Stack) => void;

const CHANGE_SET = ['deploy', '--require-approval=never'] as const;
// Without the bootstrap stack, which the local AWS does not have.
const ROLLBACK = ['rollback', '--no-validate-bootstrap-version'] as const;
const FAULT: Fault = { code: 'ValidationError', status: 400, message: 'try later' };

const PAGE = readFileSync(join(__dirname, '../../docs/operating.md'), 'utf8').replace(/\n(?=\w)/g, ' ');

/** What a command printed, without line breaks, which depend on the length of names. */
async function succeeding(command: Promise<CommandResult>): Promise<string> {
  const { exitCode, output } = await command;
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  return output.replace(/\s+/g, ' ');
}

async function failing(command: Promise<CommandResult>): Promise<string> {
  const { exitCode, output } = await command;
  expect({ exitCode, output }).toMatchObject({ exitCode: 1 });
  return output.replace(/\s+/g, ' ');
}

/** Declares the role with newer code of its function, as an upgrade of this package does. */
const withNewerCode = (props: ElastiCacheServiceLinkedRoleProps): Declare => (stack) => {
  const handler = roleWith(props)(stack).node.findChild('Handler').node.defaultChild as lambda.CfnFunction;
  handler.code = { zipFile: `// A newer version.\n${(handler.code as lambda.CfnFunction.CodeProperty).zipFile}` };
};

/** Declares the role, and a function of the user that has the ARN of the role in its environment. */
const withUserFunction = (code: string, { arn, trigger, environment = {} }: {
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

preload(bystander, withNewerCode(DESTROY), withUserFunction('// 1', { arn: 'attribute' }), withUserFunction('// 1', { arn: 'fromAccount' }));

async function userFunction(account: Account) {
  return JSON.parse(await succeeding(account.awsCli('lambda', 'get-function-configuration', '--function-name', 'user')));
}

describe('cdk diff and cdk deploy', () => {
  test.concurrent('after a deployment, there are no differences, and another deployment sends no event', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await succeeding(stack.cdk(roleWith(DESTROY), ...CHANGE_SET));
    const calls = await account.calls();

    expect(await succeeding(stack.cdk(roleWith(DESTROY), 'diff'))).toContain('There were no differences');
    expect(await succeeding(stack.cdk(roleWith(DESTROY), ...CHANGE_SET))).toContain('Stack (no changes)');
    expect(await account.calls()).toEqual(calls);
  });

  test.concurrent('sends as much of a template without a bucket as the page states', async () => {
    const documented = Number(/up to ([\d,]+) with the CDK CLI/.exec(PAGE)![1].replace(',', ''));
    const account = emptyAccount();
    await succeeding(account.stack('Stack').cdk(withPaths(roleWith({ ...DESTROY, description: 'Caches & sessions', trigger: '2026-11-30' })), ...DEPLOY));

    const { output } = await account.awsCli('cloudformation', 'get-template', '--stack-name', 'Stack', '--query', 'TemplateBody', '--output', 'text');

    expect(output.length).toBeLessThanOrEqual(documented);
    expect(output.length).toBeGreaterThan(documented * 0.9);
  });

  test.concurrent('a changed trigger is shown as a possible replacement, and deployed as an update of the same resource', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(roleWith(DESTROY));
    const id = await stack.recordedId();
    const calls = await account.calls();

    expect(await succeeding(stack.cdk(roleWith({ ...DESTROY, trigger: 'again' }), 'diff'))).toContain(`${LOGICAL_ID} may be replaced`);
    await succeeding(stack.cdk(roleWith({ ...DESTROY, trigger: 'again' }), ...CHANGE_SET));

    expect(await stack.recordedId()).toBe(id);
    expect(await account.calls()).toEqual([...calls, 'GetRole']);
  });

  test.concurrent('an upgrade that changes the code alone shows the code, and sends no event', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(roleWith(DESTROY));
    const calls = await account.calls();

    const diff = await succeeding(stack.cdk(withNewerCode(DESTROY), 'diff'));
    expect(diff).toContain(`[~] AWS::Lambda::Function Role/Handler ${LOGICAL_ID}Handler └─ [~] Code └─ [~] .ZipFile`);
    expect(diff.match(/\[[~+-]\] \w+::/g)).toHaveLength(1);
    await succeeding(stack.cdk(withNewerCode(DESTROY), ...CHANGE_SET));

    expect(await account.calls()).toEqual(calls);
    await stack.destroy();
    expect(await account.role()).toBeUndefined();
  });
});

describe('cdk deploy --hotswap', () => {
  test.concurrent('swaps the code of a function with an attribute of the role in its environment, and a later deployment reaches the handler', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(withUserFunction('// 1', { arn: 'attribute' }));
    const { CodeSha256: before } = await userFunction(account);

    const output = await succeeding(stack.cdk(withUserFunction('// 2', { arn: 'attribute' }), 'deploy', '--hotswap'));

    expect(output).toContain("AWS::Lambda::Function 'user' hotswapped!");
    expect(output).toContain("should include '--revert-drift'");
    expect((await userFunction(account)).CodeSha256).not.toBe(before);
    const { calls } = await stack.deploy(withUserFunction('// 2', { arn: 'attribute', trigger: 'again' }));
    expect(calls).toEqual(['GetRole']);
  });

  test.concurrent('deploys nothing if an environment with an attribute of the role changes, and --hotswap-fallback deploys it', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(withUserFunction('// 1', { arn: 'attribute' }));
    const changed = withUserFunction('// 1', { arn: 'attribute', environment: { LEVEL: 'debug' } });

    const output = await succeeding(stack.cdk(changed, 'deploy', '--hotswap'));

    expect(output).toContain("Could not perform a hotswap deployment, because the CloudFormation template could not be resolved: Could not find 'RoleArn' attribute "
      + "of the 'Custom::ElastiCacheServiceLinkedRole' resource");
    expect(output).toContain('Stack (no changes)');
    expect((await userFunction(account)).Environment.Variables).not.toHaveProperty('LEVEL');

    expect(await succeeding(stack.cdk(changed, 'deploy', '--hotswap-fallback', '--require-approval=never'))).toContain('Falling back to doing a full deployment');
    expect((await userFunction(account)).Environment.Variables).toHaveProperty('LEVEL', 'debug');
  });

  test.concurrent('swaps an environment with the ARN of fromAccount', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(withUserFunction('// 1', { arn: 'fromAccount' }));

    const changed = withUserFunction('// 1', { arn: 'fromAccount', environment: { LEVEL: 'debug' } });
    expect(await succeeding(stack.cdk(changed, 'deploy', '--hotswap'))).toContain("AWS::Lambda::Function 'user' hotswapped!");

    expect((await userFunction(account)).Environment.Variables).toMatchObject({ LEVEL: 'debug', ROLE_ARN: (await account.role())!.Arn });
  });

  test.concurrent('ignores a changed trigger without a word, and --hotswap-fallback deploys it', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(roleWith(DESTROY));
    const calls = await account.calls();

    const changed = roleWith({ ...DESTROY, trigger: 'again' });

    expect(await succeeding(stack.cdk(changed, 'deploy', '--hotswap'))).not.toContain(LOGICAL_ID);
    expect(await account.calls()).toEqual(calls);

    expect(await succeeding(stack.cdk(changed, 'deploy', '--hotswap-fallback', '--require-approval=never')))
      .toContain('The following non-hotswappable changes were found:');
    expect(await account.calls()).toEqual([...calls, 'GetRole']);
  });

  test.concurrent('swaps newer code of the function of the role, which then handles the next event', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(roleWith(DESTROY));

    expect(await succeeding(stack.cdk(withNewerCode(DESTROY), 'deploy', '--hotswap'))).toMatch(/Handler-\w+' hotswapped!/);

    await stack.destroy();
    expect(await account.role()).toBeUndefined();
  });

  test.concurrent('cdk watch swaps the code of a function, too', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(withUserFunction('// 1', { arn: 'attribute' }));
    const { CodeSha256: before } = await userFunction(account);
    writeFileSync(join(account.directory, 'cdk.json'), JSON.stringify({ watch: { include: 'nothing' } }));

    // It never ends by itself.
    const { exitCode, output } = await account.cdk(['watch', '-a', synthesize(account, { Stack: withUserFunction('// 2', { arn: 'attribute' }) })], 30_000);

    expect(exitCode).toBeUndefined();
    expect(output).toContain("AWS::Lambda::Function 'user' hotswapped!");
    expect((await userFunction(account)).CodeSha256).not.toBe(before);
  });
});

test.concurrent('cdk deploy --express and cdk destroy --express deploy the role and delete it', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');

  expect(await succeeding(stack.cdk(roleWith(DESTROY), ...CHANGE_SET, '--express'))).toContain('Stack deployed using Express Mode');
  expect(await account.role()).toBeDefined();

  expect(await succeeding(stack.cdk(roleWith(DESTROY), ...FORCE_DESTROY, '--express'))).toContain('Stack deleted using Express Mode');
  expect(await account.role()).toBeUndefined();
});

describe('cdk rollback', () => {
  test.concurrent.each([['created', undefined], ['adopted', 'theirs']])(
    'after cdk deploy --no-rollback, treats a role that the stack %s as its removal policy does', async (_, theirs) => {
      const account = emptyAccount();
      const stack = account.stack('Stack');
      const id = theirs && (await account.createRole(theirs)).RoleId;
      await failing(stack.cdk(failingAfterRoleWith(DESTROY), ...CHANGE_SET, '--no-rollback'));
      expect(await account.role()).toBeDefined();

      await succeeding(stack.cdk(failingAfterRoleWith(DESTROY), ...ROLLBACK));

      expect((await stack.events()).at(-1)).toContain('ROLLBACK_COMPLETE');
      expect(await account.roleId()).toBe(id);
    });

  test.concurrent('a rollback that fails is continued, or skips the resource, and the next deployment repairs the description', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    const described = (description: string) => ({ ...DESTROY, description });
    await stack.deploy(roleWith(described('before')));
    const id = await stack.recordedId();
    await failing(stack.cdk(failingAfterRoleWith(described('after')), ...DEPLOY, '--no-rollback'));
    await account.configure({ faults: { UpdateRoleDescription: FAULT } });

    expect(await failing(stack.cdk(roleWith(DESTROY), ...ROLLBACK)))
      .toContain('iam:UpdateRoleDescription failed: ValidationError: try later (fix problem and retry, or orphan these resources using --orphan or --force)');
    expect((await stack.events()).at(-1)).toContain('UPDATE_ROLLBACK_FAILED');
    await succeeding(stack.cdk(roleWith(DESTROY), ...ROLLBACK, '--orphan', LOGICAL_ID));

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
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy((scope) => { bystander(scope); roleWith(DESTROY)(scope); });
    const id = await account.roleId();
    await account.configure({ faults: { DeleteServiceLinkedRole: FAULT } });

    const { events } = await stack.deploy(bystander);

    expect(events).toContain(`${LOGICAL_ID} DELETE_FAILED iam:DeleteServiceLinkedRole failed: ValidationError: try later`);
    expect(await account.roleId()).toBe(id);
  });

  test.concurrent('of the stack ends with --retain-resources, which retains the role', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(roleWith(DESTROY));
    const id = await account.roleId();
    await account.configure({ faults: { DeleteServiceLinkedRole: FAULT } });
    expect(await failing(stack.cdk(roleWith(DESTROY), ...FORCE_DESTROY))).toContain('iam:DeleteServiceLinkedRole failed: ValidationError: try later');

    await succeeding(account.awsCli('cloudformation', 'delete-stack', '--stack-name', 'Stack', '--retain-resources', LOGICAL_ID));
    await succeeding(account.awsCli('cloudformation', 'wait', 'stack-delete-complete', '--stack-name', 'Stack'));

    expect(await account.roleId()).toBe(id);
  });
});

test.concurrent('cdk orphan removes the resources from the stack without an event, and the next deployment adopts the role', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');
  const declare: Declare = (scope) => {
    bystander(scope);
    new ElastiCacheServiceLinkedRole(scope, 'Role', DESTROY);
  };
  await stack.deploy(withPaths(declare));
  const [id, calls, { [`${LOGICAL_ID}Handler`]: handler }] = [await account.roleId(), await account.calls(), await stack.resources()];

  expect(await succeeding(stack.cdk(withPaths(declare), 'orphan', 'Stack/Role', '--unstable=orphan', '--yes'))).toContain('Resources to orphan (4)');

  expect(Object.keys(await stack.resources())).not.toContain(LOGICAL_ID);
  expect(await account.calls()).toEqual(calls);
  expect(await account.roleId()).toBe(id);
  await succeeding(account.awsCli('lambda', 'get-function', '--function-name', handler!));
  await stack.deploy(withPaths(declare));
  expect(await stack.recordedId()).toBe(ROLE_NAME);
});

describe('cdk refactor', () => {
  test.concurrent('has nothing to do for a construct that is renamed within its stack', async () => {
    const account = emptyAccount();
    const stack = account.stack('Stack');
    await stack.deploy(withPaths((scope) => new ElastiCacheServiceLinkedRole(scope, 'Role', DESTROY)));

    const renamed = withPaths((scope) => new ElastiCacheServiceLinkedRole(scope, 'Renamed', DESTROY));
    expect(await succeeding(stack.cdk(renamed, 'refactor', '--unstable=refactor', '--dry-run'))).toContain('Nothing to refactor');
  });

  test.concurrent('offers to move the custom resource to another stack, which CloudFormation does not support', async () => {
    const account = emptyAccount();
    const alone = withPaths(bystander);
    const withRole = withPaths((stack) => {
      bystander(stack);
      new ElastiCacheServiceLinkedRole(stack, 'Role', DESTROY);
    });
    await succeeding(account.cdk([...DEPLOY, '--all', '-a', synthesize(account, { From: withRole, To: alone })]));

    const moved = synthesize(account, { From: alone, To: withRole });
    expect(await succeeding(account.cdk(['refactor', '--unstable=refactor', '--dry-run', '-a', moved]))).toMatch(/Custom::ElastiCacheServiceLinkedRole . From\/Role\/Resource/);
  });
});

test.concurrent('a declaration moves to another stack by RETAIN, and owns the role again if it is deleted and created', async () => {
  const account = emptyAccount();
  const [from, to] = [account.stack('From'), account.stack('To')];
  const both = (props: ElastiCacheServiceLinkedRoleProps): Declare => (scope) => { bystander(scope); roleWith(props)(scope); };
  await from.deploy(both(DESTROY));
  const id = await account.roleId();

  await from.deploy(both(NO_DELAY));
  await to.deploy(both(DESTROY));
  await from.deploy(bystander);

  expect(await account.roleId()).toBe(id);
  expect(await to.recordedId()).toBe(ROLE_NAME);
  await account.deleteRole();
  await to.deploy(both({ ...DESTROY, trigger: 'again' }));
  expect(await to.recordedId()).toBe(`${ROLE_NAME}/${await account.roleId()}`);
  await to.destroy();
  expect(await account.role()).toBeUndefined();
});

test.concurrent('cdk drift does not check the role, and finds a function that was deleted by hand', async () => {
  const account = emptyAccount();
  const stack = account.stack('Stack');
  await stack.deploy(roleWith(DESTROY));
  await account.deleteRole();

  expect(await succeeding(stack.cdk(roleWith(DESTROY), 'drift'))).toMatch(/No drift detected .*drift: 0 \(1 unchecked\)/);

  const { [`${LOGICAL_ID}Handler`]: handler } = await stack.resources();
  await succeeding(account.awsCli('lambda', 'delete-function', '--function-name', handler!));
  expect(await succeeding(stack.cdk(roleWith(DESTROY), 'drift'))).toContain(`Deleted Resources [-] AWS::Lambda::Function Role/Handler ${LOGICAL_ID}Handler`);
});

test.concurrent('the rule on the page matches what CloudTrail records of a request to delete the role, and of no other', async () => {
  const account = emptyAccount();
  const pattern = /--event-pattern '([^']+)'/.exec(PAGE)![1];
  const matches = async (eventName: string, roleName: string) => {
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
    const output = await succeeding(account.awsCli('events', 'test-event-pattern', '--event-pattern', pattern, '--event', JSON.stringify(event)));
    return JSON.parse(output).Result;
  };

  expect(await matches('DeleteServiceLinkedRole', ROLE_NAME)).toBe(true);
  expect(await matches('DeleteServiceLinkedRole', 'AWSServiceRoleForBatch')).toBe(false);
  expect(await matches('CreateServiceLinkedRole', ROLE_NAME)).toBe(false);
});

/** Synthesizes an app with these stacks. Returns its assembly. */
function synthesize(account: Account, stacks: Readonly<Record<string, Declare>>): string {
  const app = new App({ outdir: mkdtempSync(join(account.directory, 'cdk.out-')), analyticsReporting: false });
  Object.entries(stacks).forEach(([name, declare]) => declare(new Stack(app, name, { synthesizer: new BootstraplessSynthesizer() })));
  return app.synth().directory;
}

/** As the CDK CLI synthesizes: with the path of each resource in its metadata. */
function withPaths(declare: (stack: Stack) => unknown): Declare {
  return (stack) => {
    stack.node.setContext('aws:cdk:enable-path-metadata', true);
    declare(stack);
  };
}
