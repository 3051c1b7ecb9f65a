/**
 * Deploys the plain template to all accounts and Regions of an organization on the local AWS, as StackSets does, checks each outcome, and prints figures:
 *
 *   npx projen simulate:organization [accounts...]
 *
 * Without arguments, it does this for 1, 10, and 100 accounts, and writes the figures to docs/maintaining/scale.md.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { Account, type DeployedStack, LOGICAL_ID } from '../local-aws/aws-account';
import { type Fault, LocalAws } from '../local-aws/local-aws';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../src/private/role-identity';
import { TEMPLATE } from '../templates/plain-template';

const PAGE = 'docs/maintaining/scale.md';
const [BEGIN, END] = ['<!-- figures -->\n', '<!-- end of figures -->\n'];

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];
/** Limits the number of processes as well: each stack has one for its function. */
const ACCOUNTS_AT_ONCE = 5;
const PROPAGATION_DELAY = '5';

const AN_HOUR = 3600;

const NOT_FOUND: Fault = { code: 'NoSuchEntity', status: 404, message: `The role with name ${ROLE_NAME} cannot be found.`, times: REGIONS.length };
const DENIED: Fault = { code: 'AccessDenied', status: 403, message: 'You are not authorized to perform iam:CreateServiceLinkedRole with an explicit deny in a service control policy' };

type Kind = 'denied' | 'role exists' | 'one Region after another' | 'all Regions at once';

/** What happened in one account. */
interface Result {
  readonly kind: Kind;
  readonly seconds: number;
  readonly calls: number;
  readonly roleId?: string;
}

const template = readFileSync(TEMPLATE, 'utf8');

function kindOf(index: number): Kind {
  if (index % 33 === 9) return 'denied';
  if (index % 5 === 3) return 'role exists';
  return index % 5 === 1 ? 'one Region after another' : 'all Regions at once';
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function simulateAccount(aws: LocalAws, kind: Kind): Promise<Result> {
  const account = new Account(aws);
  try {
    switch (kind) {
      case 'denied': {
        await aws.configure({ faults: { CreateServiceLinkedRole: DENIED } }, account.id);
        break;
      }
      case 'role exists': {
        await aws.configure({ roleAge: AN_HOUR }, account.id);
        await account.iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: SERVICE_PRINCIPAL }));
        break;
      }
      case 'all Regions at once': {
        // As many reads as Regions find no role, as if reads lagged, so that each Region tries to create it.
        await aws.configure({ faults: { GetRole: NOT_FOUND } }, account.id);
        break;
      }
      case 'one Region after another':
    }
    return await rollOut(account, kind);
  } finally {
    account.close();
  }
}

async function rollOut(account: Account, kind: Kind): Promise<Result> {
  // The same names in each account, as in an organization.
  const stacks = REGIONS.map(region => account.stack(`service-linked-role-${region}`, region));
  const callsBefore = (await account.calls()).length;
  const expected = kind === 'denied' ? 'ROLLBACK_COMPLETE' : 'CREATE_COMPLETE';
  const deploy = (stack: DeployedStack) => stack.deployTemplate(template, { PropagationDelay: PROPAGATION_DELAY }, expected);

  const outcomes: Awaited<ReturnType<typeof deploy>>[] = [];
  const seconds = await secondsOf(async () => {
    if (kind !== 'one Region after another') return outcomes.push(...await Promise.all(stacks.map(deploy)));
    for (const stack of stacks) outcomes.push(await deploy(stack));
    return outcomes;
  });

  const calls = (await account.calls()).slice(callsBefore);
  const role = await account.role();
  if (kind === 'denied') {
    const reason = `${LOGICAL_ID} CREATE_FAILED iam:CreateServiceLinkedRole failed: AccessDenied: ${DENIED.message}`;
    outcomes.forEach(({ events }) => assert.ok(events.some(event => event.includes(reason)), events.join('\n')));
    assert.equal(role, undefined);
    assert.ok(calls.every(call => ['GetRole NoSuchEntity', 'CreateServiceLinkedRole AccessDenied'].includes(call)), calls.join('\n'));
  } else {
    const arn = `arn:aws:iam::${account.id}:role/aws-service-role/${SERVICE_PRINCIPAL}/${ROLE_NAME}`;
    assert.equal(role?.Arn, arn);
    outcomes.forEach(({ outputs }) => assert.deepEqual(outputs, { RoleArn: arn, RoleName: ROLE_NAME }));
    const created = kind === 'role exists' ? 0 : 1;
    assert.equal(calls.filter(call => call === 'CreateServiceLinkedRole').length, created, calls.join('\n'));
    assert.ok(calls.every(call => /^(GetRole|GetRole NoSuchEntity|CreateServiceLinkedRole|CreateServiceLinkedRole InvalidInput)$/.test(call)), calls.join('\n'));
    // Exactly one stack records that it created the role, the others that they adopted it.
    const memories = await Promise.all(stacks.map(async stack => (await stack.resources())[LOGICAL_ID]));
    const adopters = Array(REGIONS.length - created).fill(ROLE_NAME);
    assert.deepEqual(memories.sort(), [...adopters, ...created ? [`${ROLE_NAME}/${role!.RoleId}`] : []]);
  }

  // Ends the functions' processes, and shows that the role is retained.
  const callsOfDeletion = await Promise.all(stacks.map(async stack => (await stack.destroy()).calls));
  assert.deepEqual(callsOfDeletion.flat(), []);
  assert.equal((await account.role())?.RoleId, role?.RoleId);
  return { kind, seconds, calls: calls.length, roleId: role?.RoleId };
}

async function simulate(aws: LocalAws, accounts: number): Promise<string[]> {
  await aws.reset();
  // Denied accounts take longest, so they are first.
  const queue = Array.from({ length: accounts }, (_, index) => kindOf(index)).sort((a, b) => Number(b === 'denied') - Number(a === 'denied'));
  const results: Result[] = [];
  const total = await secondsOf(() => Promise.all(Array.from({ length: ACCOUNTS_AT_ONCE }, async () => {
    for (let kind = queue.shift(); kind; kind = queue.shift()) {
      results.push(await simulateAccount(aws, kind));
      process.stderr.write(`\r${results.length} of ${accounts} accounts `);
    }
  })));
  process.stderr.write('\r');

  // One role per account, with an ID of its own.
  const roleIds = results.flatMap(({ roleId }) => roleId ?? []);
  assert.equal(roleIds.length, results.filter(({ kind }) => kind !== 'denied').length);
  assert.equal(new Set(roleIds).size, roleIds.length);
  return figures(accounts, results, total);
}

function figures(accounts: number, results: readonly Result[], total: number): string[] {
  const kinds = [...new Set(results.map(({ kind }) => kind))].sort();
  return kinds.map((kind, index) => {
    const those = results.filter(result => result.kind === kind);
    const sorted = (values: number[]) => values.sort((a, b) => a - b);
    const seconds = sorted(those.map(result => result.seconds));
    const calls = sorted(those.map(result => result.calls));
    const [least, most] = [calls[0], calls.at(-1)];
    const cells = [
      index === 0 ? `${accounts} (${total.toFixed(0)} s)` : '',
      kind, those.length,
      seconds[Math.floor(seconds.length / 2)].toFixed(1), seconds.at(-1)!.toFixed(1),
      least === most ? least : `${least} to ${most}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

async function main() {
  const sizes = process.argv.slice(2).map(Number);
  assert.ok(sizes.every(size => Number.isInteger(size) && size > 0), 'give positive numbers of accounts, such as 1 10 100');
  const aws = await LocalAws.start({ onInstall: () => console.log('Installing the local AWS (first run only)') });
  try {
    const rows: string[] = [];
    for (const size of sizes.length ? sizes : [1, 10, 100]) {
      rows.push(...await simulate(aws, size));
    }
    const head = ['accounts (total time)', 'case', 'accounts in this case', 'seconds per account, median', 'maximum', 'IAM calls per account'];
    const table = [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows].join('\n') + '\n';
    console.log(table);
    if (sizes.length === 0) {
      const page = readFileSync(PAGE, 'utf8');
      writeFileSync(PAGE, page.slice(0, page.indexOf(BEGIN) + BEGIN.length) + table + page.slice(page.indexOf(END)));
    }
  } finally {
    await aws.stop();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
