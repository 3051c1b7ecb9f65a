import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { LocalAws } from '../test/emulator/local-aws';

const ROLE_NAME = 'AWSServiceRoleForElastiCache';
const bin = (tool: string) => join('node_modules', '.bin', tool);
const started = Date.now();
const assembly = mkdtempSync(join(tmpdir(), 'demo-'));
process.once('exit', () => rmSync(assembly, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

function seconds(): number {
  return Math.round((Date.now() - started) / 1000);
}

function say(line: string) {
  console.log(`${`${seconds()}`.padStart(3)} s  ${line}`);
}

/** Runs the CDK CLI, and gives its exit code and all that it printed. */
function cdk(aws: LocalAws, ...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...aws.env() };
    execFile(bin('cdk'), args, { env }, (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }));
  });
}

async function demo(aws: LocalAws) {
  const iam = new IAMClient(aws.clientConfig());
  const findRole = () => iam.send(new GetRoleCommand({ RoleName: ROLE_NAME })).then(({ Role }) => Role, (error: Error) => {
    assert.equal(error.name, 'NoSuchEntityException');
    return undefined;
  });
  /** Deploys or destroys a stack, and expects it to succeed or not. */
  const run = async (command: 'deploy' | 'destroy', stack: string, succeeds = true) => {
    say(`$ cdk ${command} ${stack}`);
    const options = command === 'deploy' ? ['--method=direct', '--require-approval=never'] : ['--force'];
    const { code, output } = await cdk(aws, command, stack, '--app', assembly, ...options);
    assert.equal(code === 0, succeeds, output);
    return output;
  };

  say('The example is synthesized: examples/typescript/app.ts');
  const { code, output } = await cdk(aws, 'synth', '--quiet', '--output', assembly, '--app', `${bin('tsx')} --tsconfig examples/tsconfig.json examples/typescript/app.ts`);
  assert.equal(code, 0, output);
  assert.equal(await findRole(), undefined);
  say(`The account is empty: IAM has no ${ROLE_NAME}`);

  const deployed = await run('deploy', 'Platform');
  const created = await findRole();
  assert.equal(created?.Description, 'ElastiCache of the platform');
  assert.ok(deployed.includes(`Platform.RoleArn = ${created.Arn}`), deployed);
  say(`      Created, 10 s old before the cache came: IAM has ${created.Arn} (${created.RoleId}), "${created.Description}"`);

  const { PolicyNames: [policyName] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'deploy' }));
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: 'deploy', PolicyName: policyName }));
  const [statement] = JSON.parse(decodeURIComponent(PolicyDocument!)).Statement;
  assert.deepEqual(statement.Action, ['iam:CreateServiceLinkedRole', 'iam:PutRolePolicy']);
  say(`      The deploy role may ${statement.Action.join(' and ')} on ${statement.Resource}`);

  const callsBefore = (await aws.calls()).length;
  const secondsBefore = seconds();
  await run('deploy', 'Service');
  assert.deepEqual((await aws.calls()).slice(callsBefore).map(({ action }) => action), ['GetRole']);
  assert.equal((await findRole())?.RoleId, created.RoleId);
  say(`      Adopted with one call and no wait, in ${seconds() - secondsBefore} s: IAM still has ${created.RoleId}`);

  const refused = await run('destroy', 'Platform', false);
  const user = 'us-east-1 arn:aws:elasticache:us-east-1:000000000000:serverlesscache:service';
  assert.ok(refused.includes(user), refused);
  assert.equal((await findRole())?.RoleId, created.RoleId);
  say(`      Refused, since the service's cache needs the role. The reason names it: ${user}`);

  await run('destroy', 'Service');
  assert.equal((await findRole())?.RoleId, created.RoleId);
  say(`      Gone, and IAM still has ${created.RoleId}: the service had adopted it`);

  await run('destroy', 'Platform');
  assert.equal(await findRole(), undefined);
  say(`      Gone, and with it the role that this stack had made: IAM has no ${ROLE_NAME}`);
}

async function main() {
  const aws = await LocalAws.start({ onInstall: () => say('Installing the local AWS, the first time only') });
  say('A local AWS runs on 127.0.0.1');
  try {
    await demo(aws);
  } finally {
    await aws.stop();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
