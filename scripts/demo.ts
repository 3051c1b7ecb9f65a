import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackEventsCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { LocalAws } from '../local-aws/local-aws';

const ROLE_NAME = 'AWSServiceRoleForElastiCache';
const bin = (tool: string) => join('node_modules', '.bin', tool);
const started = Date.now();
const directory = mkdtempSync(join(tmpdir(), 'demo-'));
const assembly = join(directory, 'cdk.out');
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

function seconds(): number {
  return Math.round((Date.now() - started) / 1000);
}

function say(line: string) {
  console.log(`${`${seconds()}`.padStart(3)} s  ${line}`);
}

/** Runs the CDK CLI. Returns its exit code and its output. */
function cdk(aws: LocalAws, ...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: directory, ...aws.env() };
    execFile(bin('cdk'), args, { env }, (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }));
  });
}

async function demo(aws: LocalAws) {
  const iam = new IAMClient(aws.clientConfig());
  const cloudFormation = new CloudFormationClient(aws.clientConfig());
  /** The status of each existing stack. */
  const stacks = async () => Object.fromEntries(
    (await cloudFormation.send(new DescribeStacksCommand({}))).Stacks!.map(({ StackName, StackStatus }) => [StackName, StackStatus]));
  const findRole = () => iam.send(new GetRoleCommand({ RoleName: ROLE_NAME })).then(({ Role }) => Role, (error: Error) => {
    assert.equal(error.name, 'NoSuchEntityException');
    return undefined;
  });
  /** Deploys or destroys a stack, and asserts that this succeeds. Returns the output of the CLI. */
  const run = async (command: 'deploy' | 'destroy', stack: string) => {
    say(`$ cdk ${command} ${stack}`);
    const options = command === 'deploy' ? ['--method=direct', '--require-approval=never'] : ['--force'];
    const { code, output } = await cdk(aws, command, stack, '--app', assembly, ...options);
    assert.equal(code, 0, output);
    return output;
  };

  say('Synthesizing examples/typescript/app.ts');
  const { code, output } = await cdk(aws, 'synth', '--quiet', '--output', assembly, '--app', `${bin('tsx')} --tsconfig examples/tsconfig.json examples/typescript/app.ts`);
  assert.equal(code, 0, output);
  assert.equal(await findRole(), undefined);
  say(`The account has no ${ROLE_NAME}`);

  const deployed = await run('deploy', 'Platform');
  const created = await findRole();
  assert.equal(created?.Description, 'ElastiCache of the platform');
  assert.ok(deployed.includes(`Platform.RoleArn = ${created.Arn}`), deployed);
  const { StackEvents: events = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: 'Platform' }));
  const cache = events.find(({ ResourceType }) => ResourceType === 'AWS::ElastiCache::ServerlessCache');
  const age = (cache!.Timestamp!.getTime() - created.CreateDate!.getTime()) / 1000;
  assert.ok(age >= 10, `the role was ${age} s old`);
  say(`      Created ${created.Arn} (${created.RoleId}), "${created.Description}". It was 10 s old before the cache was created`);

  const { PolicyNames: [policyName] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'deploy' }));
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: 'deploy', PolicyName: policyName }));
  const [statement] = JSON.parse(decodeURIComponent(PolicyDocument!)).Statement;
  assert.deepEqual(statement.Action, ['iam:CreateServiceLinkedRole', 'iam:PutRolePolicy']);
  say(`      The deploy role has ${statement.Action.join(' and ')} on ${statement.Resource}`);

  const callsBefore = (await aws.calls()).length;
  const secondsBefore = seconds();
  await run('deploy', 'Service');
  assert.deepEqual((await aws.calls()).slice(callsBefore).map(({ action }) => action), ['GetRole']);
  assert.equal((await findRole())?.RoleId, created.RoleId);
  say(`      Adopted ${created.RoleId} with one call to IAM and no wait, in ${seconds() - secondsBefore} s`);

  await run('destroy', 'Platform');
  assert.deepEqual(await stacks(), { Service: 'CREATE_COMPLETE' });
  assert.equal((await findRole())?.RoleId, created.RoleId);
  say('      Deleted the stack that created the role, and retained the role, which the service uses');

  await run('destroy', 'Service');
  assert.deepEqual(await stacks(), {});
  assert.equal((await findRole())?.RoleId, created.RoleId);
  say(`      Deleted the stack and retained ${created.RoleId}. Without a removal policy, no stack deletes it`);
}

async function main() {
  const aws = await LocalAws.start({ onInstall: () => say('Installing the local AWS (first run only)') });
  say('The local AWS runs on 127.0.0.1');
  const installed = seconds();
  try {
    await demo(aws);
    assert.ok(seconds() - installed < 90, 'the demo took longer than 90 s');
  } finally {
    await aws.stop();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
