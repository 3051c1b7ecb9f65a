import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Account, DEPLOY, FORCE_DESTROY } from '../local-aws/aws-account';
import { LocalAws } from '../local-aws/local-aws';
import { ROLE_NAME } from '../src/private/role-identity';

const ROOT = join(__dirname, '..');
const EXAMPLE = ['node_modules/.bin/tsx --tsconfig', 'examples/tsconfig.json', 'examples/typescript/app.ts'].map((part) => join(ROOT, part)).join(' ');

const started = Date.now();
const seconds = () => Math.round((Date.now() - started) / 1000);

function say(line: string) {
  console.log(`${`${seconds()}`.padStart(3)} s  ${line}`);
}

/** Deploys the stacks of the example to an empty account, destroys them, and asserts what happens to the role. */
async function demo(account: Account) {
  const assembly = join(account.directory, 'cdk.out');
  const run = async ([command, ...options]: readonly string[], stack: string) => {
    say(`$ cdk ${command} ${stack}`);
    return account.cdk([command, stack, '--app', assembly, ...options]);
  };

  say('Synthesizing examples/typescript/app.ts');
  await account.cdk(['synth', '--quiet', '--output', assembly, '--app', EXAMPLE]);
  assert.equal(await account.role(), undefined);
  say(`The account has no ${ROLE_NAME}`);

  const deployed = await run(DEPLOY, 'Platform');
  const created = await account.role();
  assert.equal(created?.Description, 'ElastiCache of the platform');
  assert.ok(deployed.includes(`Platform.RoleArn = ${created.Arn}`), deployed);
  say(`      Created ${created.Arn} (${created.RoleId}), "${created.Description}"`);

  const { PolicyNames: [PolicyName] = [] } = await account.iam.listRolePolicies({ RoleName: 'deploy' });
  const { PolicyDocument } = await account.iam.getRolePolicy({ RoleName: 'deploy', PolicyName });
  const [statement] = JSON.parse(decodeURIComponent(PolicyDocument!)).Statement;
  assert.deepEqual(statement.Action, ['iam:CreateServiceLinkedRole', 'iam:PutRolePolicy']);
  say(`      The deploy role has ${statement.Action.join(' and ')} on ${statement.Resource}`);

  const callsBefore = (await account.calls()).length;
  const secondsBefore = seconds();
  await run(DEPLOY, 'Service');
  assert.deepEqual((await account.calls()).slice(callsBefore), ['GetRole']);
  assert.equal(await account.roleId(), created.RoleId);
  say(`      Adopted ${created.RoleId} with one call to IAM and no wait, in ${seconds() - secondsBefore} s`);

  await run(FORCE_DESTROY, 'Platform');
  assert.equal(await account.roleId(), created.RoleId);
  say('      Deleted the stack that created the role, and retained the role, which the service uses');

  await run(FORCE_DESTROY, 'Service');
  assert.equal(await account.roleId(), created.RoleId);
  say(`      Deleted the stack and retained ${created.RoleId}. Without a removal policy, no stack deletes it`);
}

async function main() {
  const aws = await LocalAws.start();
  say('The local AWS runs on 127.0.0.1');
  const account = new Account(aws);
  process.once('exit', () => account.close());
  try {
    await demo(account);
  } finally {
    await aws.stop();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}
main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
