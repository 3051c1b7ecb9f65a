import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import type { Fact } from './fact';
import { FACTS } from './facts';
import { NOT_RUN, pageWithoutRun } from './report';
import { verify, verifyAccount } from './verify';
import { Account, type AwsAccount } from '../local-aws/aws-account';
import { LocalAws } from '../local-aws/local-aws';
import { ROLE_NAME } from '../src/private/role-identity';

const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const FACT: Fact = {
  topic: 'Topic', name: 'a fact', sentence: 'README.md: a sentence.', given: 'no role', expected: 'as expected', observe: async () => 'as expected',
};
const DIFFERENT: Fact = { ...FACT, name: 'another fact', observe: async ({ id }) => `in ${id}` };

jest.setTimeout(300_000);

const environment = process.env;
const page = join(mkdtempSync(join(tmpdir(), 'verified-')), 'verified.md');
let aws: LocalAws;
/** An account of the local AWS, which the SDK finds as it finds AWS. */
let account: AwsAccount;
let target: readonly string[];
let log: string[];
let interrupt: AbortController;

beforeAll(async () => {
  aws = await LocalAws.start();
}, 300_000);

beforeEach(() => {
  account = new Account(aws);
  target = ['--account', account.id, '--region', 'us-east-1'];
  process.env = { ...environment, ...account.target.env() };
  writeFileSync(page, '');
  log = [];
  interrupt = new AbortController();
});

afterEach(() => {
  process.env = environment;
  account.close();
});

afterAll(() => aws?.stop());

function dependencies(...facts: readonly Fact[]) {
  return { facts, page, signal: interrupt.signal, log: (line: string) => void log.push(line) };
}

/** The IAM roles of runs. */
async function rolesOfRuns(): Promise<string[]> {
  const { Roles: roles = [] } = await account.iam.listRoles({});
  return roles.map(({ RoleName: name }) => name!).filter(name => name.startsWith('slr-verify-'));
}

async function expectNothingLeft(): Promise<void> {
  expect(await account.role()).toBeUndefined();
  expect(await rolesOfRuns()).toEqual([]);
}

describe('before it changes anything, the command refuses', () => {
  test.each<[string, string | RegExp, (args: string[]) => unknown]>([
    ['--account without 12 digits', /^--account is 12, but has to be the 12 digits of an AWS account\. Usage: npm run verify/, args => args[1] = '12'],
    ['a --region that is not the name of a Region', /^--region is Ireland, but has to be the name of an AWS Region/, args => args[3] = 'Ireland'],
    ['a missing --region', /^--region is missing/, args => args.splice(2, 2)],
    ['an unknown option', /^Unknown option '--delete'/, args => args.push('--delete')],
    ['missing credentials', /^AWS accepts no credentials: CredentialsProviderError/, () => {
      process.env = { ...environment, AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' };
    }],
    ['credentials of another account', /^the credentials belong to account \d+ and not to 111111111111\./, args => args[1] = '111111111111'],
    ['an account with ElastiCache resources in another Region', /: user shop in eu-west-1\. Use an account without them\./, async (args) => {
      args.push('--may-delete-role');
      await account.createRole();
      const elastiCache = new ElastiCache(account.target.clientConfig('eu-west-1'));
      await elastiCache.createUser({ UserId: 'shop', UserName: 'shop', Engine: 'valkey', AccessString: 'on ~* +@all', NoPasswordRequired: true });
    }],
    ['an account that has the role, unless --may-delete-role is given', /^the account has AWSServiceRoleForElastiCache/, () => account.createRole()],
    ['an account with a regular IAM role that uses the reserved name, even with --may-delete-role', /^a regular IAM role uses the reserved name/, async (args) => {
      args.push('--may-delete-role');
      await account.iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' });
    }],
  ])('%s', async (_, refusal, change) => {
    const args = [...target];
    await change(args);
    const before = await account.calls();

    expect(await verify(args, dependencies(FACT))).toBe(2);

    expect(log.at(-1)).toMatch(refusal);
    expect((await account.calls()).slice(before.length).filter(call => !/^(Get|List)/.test(call))).toEqual([]);
  });
});

describe('afterward, the command', () => {
  const changing = (then: Fact['observe'] = async () => 'as expected'): Fact => ({
    ...FACT,
    observe: async (run) => {
      await run.createRole('changed');
      await run.principalWith({ Effect: 'Allow', Action: 'iam:GetRole', Resource: '*' });
      return then(run);
    },
  });

  test.each<[string, { readonly Description?: string } | undefined]>([
    ['no role', undefined], ['a role without a description', {}], ['a role with a description', { Description: 'theirs' }],
  ])('has deleted what it created, and leaves %s as it was', async (_, before) => {
    if (before) await account.createRole(before.Description);

    expect(await verify([...target, '--may-delete-role'], dependencies(changing()))).toBe(0);

    expect((await account.role())?.Description).toBe(before?.Description);
    expect(await account.role() !== undefined).toBe(before !== undefined);
    expect(await rolesOfRuns()).toEqual([]);
  });

  test('has deleted what it created after an interruption, and writes nothing', async () => {
    const waiting = changing(async (run) => {
      interrupt.abort();
      return run.until<string>('an interruption', async () => undefined);
    });

    expect(await verify(target, dependencies(waiting, DIFFERENT))).toBe(130);

    expect(log).not.toContainEqual(expect.stringContaining('another fact'));
    await expectNothingLeft();
    expect(readFileSync(page, 'utf8')).toBe('');
  });

  test('has deleted what it created after an error, which is a difference', async () => {
    expect(await verify(target, dependencies(changing(async () => { throw new Error('broken'); })))).toBe(1);

    expect(log).toContainEqual(expect.stringMatching(/DIFFERS {3}error: .*broken/));
    await expectNothingLeft();
  });

  test('lists what it failed to delete', async () => {
    const leaving = changing(async (run) => {
      run.toDelete('the user shop', async () => { throw new Error('denied'); });
      return 'as expected';
    });

    expect(await verify(target, dependencies(leaving))).toBe(1);

    expect(log).toContain('left behind: the user shop');
  });

  test('has deleted what it created after Ctrl-C', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'verify/main.ts', ...target], {
      cwd: ROOT,
      env: { ...process.env, NODE_NO_WARNINGS: '1', TSX_TSCONFIG_PATH: 'verify/tsconfig.json' },
    });
    const ended = new Promise(resolve => child.on('close', resolve));
    while ((await rolesOfRuns()).length === 0 && child.exitCode === null) await account.wait();

    child.kill('SIGINT');

    expect(await ended).toBe(130);
    await expectNothingLeft();
  });
});

describe('the result', () => {
  test('of an account is written without its number, with each difference', async () => {
    expect(await verify(target, dependencies(FACT, DIFFERENT))).toBe(1);

    const text = readFileSync(page, 'utf8');
    expect(text).toContain('| Topic | another fact | as expected | **in 123456789012** | README.md: a sentence. |');
    expect(text).not.toContain(account.id);
  });

  test('of the local AWS does not replace that of an account, and differs if IAM responds differently', async () => {
    await account.configure({ faults: { CreateServiceLinkedRole: { code: 'EntityAlreadyExists', status: 409, message: 'it exists', after: 1 } } });
    const facts = FACTS.filter(({ name }) => name === 'CreateServiceLinkedRole while the role exists');

    expect(await verifyAccount(account.target, false, dependencies(...facts, { ...DIFFERENT, notLocal: true }))).toBe(1);

    expect(log).toContainEqual(expect.stringContaining('DIFFERS   409 EntityAlreadyExistsException: it exists'));
    expect(log).toContain('1 facts observed, 1 differ');
    expect(readFileSync(page, 'utf8')).toBe('');
  });
});

test('docs/maintaining/verified.md lists every fact as not yet seen, until the command ran on an account', () => {
  const committed = read('docs/maintaining/verified.md');
  if (!committed.includes(NOT_RUN)) return;

  expect(committed).toBe(pageWithoutRun(FACTS));
});

test.each(FACTS)('the docs contain the sentence that depends on "$name"', ({ sentence }) => {
  const [file, ...text] = sentence.split(': ');

  expect(read(file).replace(/\s+/g, ' ')).toContain(text.join(': '));
});
