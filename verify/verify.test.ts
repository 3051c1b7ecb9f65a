import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import { IAM, NoSuchEntityException, type Role } from '@aws-sdk/client-iam';
import type { Fact } from './fact';
import { FACTS } from './facts';
import { pageWithoutRun } from './report';
import { localAccount } from './target-aws';
import { verify, verifyAccount } from './verify';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../local-aws/aws-account';
import { LocalAws } from '../local-aws/local-aws';

const ROOT = join(__dirname, '..');
// The local AWS is the account, which the SDK finds as it finds AWS.
const ACCOUNT = '000000000000';
const TARGET = ['--account', ACCOUNT, '--region', 'us-east-1'];

const FACT: Fact = { topic: 'Topic', name: 'a fact', sentence: 'README.md: a sentence.', expected: 'as expected', observe: async () => 'as expected' };
const DIFFERENT: Fact = { ...FACT, name: 'another fact', observe: async ({ caller }) => `in ${caller.account}` };

jest.setTimeout(60_000);

const environment = process.env;
let aws: LocalAws;
let iam: IAM;
let directory: string;
let log: string[];
let interrupt: AbortController;

beforeAll(async () => {
  aws = await LocalAws.start({ onInstall: () => process.stderr.write('Installing MiniStack\n') });
  iam = new IAM(aws.clientConfig());
}, 300_000);

beforeEach(async () => {
  await aws.reset();
  process.env = { ...environment, ...aws.env(), AWS_ACCESS_KEY_ID: 'test' };
  directory = mkdtempSync(join(tmpdir(), 'verified-'));
  log = [];
  interrupt = new AbortController();
});

afterEach(() => {
  process.env = environment;
  rmSync(directory, { recursive: true, force: true });
});

afterAll(async () => {
  iam?.destroy();
  await aws?.stop();
});

function dependencies(facts: readonly Fact[]) {
  return { facts, directory, signal: interrupt.signal, log: (line: string) => void log.push(line) };
}

async function role(): Promise<Role | undefined> {
  try {
    return (await iam.getRole({ RoleName: ROLE_NAME })).Role;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

/** The IAM roles of runs. */
async function rolesOfRuns(): Promise<string[]> {
  const { Roles: roles = [] } = await iam.listRoles({});
  return roles.map(({ RoleName: name }) => name!).filter(name => name.startsWith('slr-verify-'));
}

async function expectNothingLeft(): Promise<void> {
  expect(await role()).toBeUndefined();
  expect(await rolesOfRuns()).toEqual([]);
}

/** The IAM calls that change something. */
async function changes(): Promise<string[]> {
  return (await aws.calls()).map(({ action }) => action).filter(action => !/^(Get|List)/.test(action));
}

describe('before it creates anything, the command refuses', () => {
  const createRole = () => iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL });
  const PLAN = expect.stringContaining('costs      about 0.10 USD');
  const usage = (message: string) => expect.stringMatching(`^${message}: npm run verify -- --account`);

  test.each<[string, readonly string[], unknown[], (() => Promise<unknown>)?]>([
    ['--account without 12 digits', ['--account', '12'], [usage('--account is 12. Give the 12 digits of an AWS account')]],
    ['a missing --account', ['--region', 'us-east-1'], [usage('--account is missing. Give the 12 digits of an AWS account')]],
    ['a missing --region', ['--account', ACCOUNT], [usage('--region is missing. Give the name of an AWS Region')]],
    ['a --region that is not the name of a Region', ['--account', ACCOUNT, '--region', 'Ireland'], [usage('--region is Ireland. Give the name of an AWS Region')]],
    ['an unknown option', ['--delete'], [usage("Unknown option '--delete'")]],
    ['missing credentials', TARGET, [
      'there are no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run the command again',
    ], async () => {
      delete process.env.AWS_ACCESS_KEY_ID;
      delete process.env.AWS_SECRET_ACCESS_KEY;
      Object.assign(process.env, { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' });
    }],
    ['credentials of another account', ['--account', '111111111111', '--region', 'us-east-1'], [
      `the credentials belong to account ${ACCOUNT} and not to 111111111111. Use credentials of the account that --account names.`,
    ]],
    ['an account with ElastiCache resources in another Region, after it printed the plan', [...TARGET, '--may-delete-role'], [
      PLAN,
      'the account has ElastiCache resources, which need the role: user shop in eu-west-1. Use an account without them.',
    ], async () => {
      await createRole();
      const elastiCache = new ElastiCache(aws.clientConfig(undefined, 'eu-west-1'));
      await elastiCache.createUser({ UserId: 'shop', UserName: 'shop', Engine: 'valkey', AccessString: 'on ~* +@all', NoPasswordRequired: true });
      elastiCache.destroy();
    }],
    ['an account that has the role, unless --may-delete-role is given', TARGET, [
      PLAN,
      `the account has ${ROLE_NAME}, which the run deletes and creates again. Add --may-delete-role to allow that, or use another account.`,
    ], createRole],
    ['an account with a regular IAM role that uses the reserved name, even with --may-delete-role', [...TARGET, '--may-delete-role'], [
      PLAN,
      `a regular IAM role uses the reserved name: arn:aws:iam::${ACCOUNT}:role/${ROLE_NAME}. Delete it, or use another account.`,
    ], () => iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' })],
  ])('%s', async (_, args, expectedLog, prepare = async () => {}) => {
    await prepare();
    const before = await changes();

    expect(await verify(args, dependencies([FACT]))).toBe(2);

    expect(log).toEqual(expectedLog);
    expect(await changes()).toEqual(before);
  });
});

describe('afterward, the command', () => {
  const changingRole = (then: Fact['observe'] = async () => 'as expected'): Fact => ({
    ...FACT,
    given: 'no role',
    observe: async (run) => {
      await run.createRole('changed');
      await run.principalWith({ Effect: 'Allow', Action: 'iam:GetRole', Resource: '*' });
      return then(run);
    },
  });

  test('deletes what it created, and a role that was not there', async () => {
    expect(await verify(TARGET, dependencies([changingRole()]))).toBe(0);

    await expectNothingLeft();
  });

  test.each(['theirs', undefined])('leaves a role that was there with its description %p', async (description) => {
    await iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, Description: description });

    expect(await verify([...TARGET, '--may-delete-role'], dependencies([changingRole()]))).toBe(0);

    expect((await role())?.Description).toBe(description);
  });

  test('has deleted what it created after an interruption, and writes nothing', async () => {
    const waiting = changingRole(async (run) => {
      interrupt.abort();
      return run.until<string>('an interruption', async () => undefined);
    });

    expect(await verify(TARGET, dependencies([waiting, DIFFERENT]))).toBe(130);

    expect(log).not.toContainEqual(expect.stringContaining('another fact'));
    expect(log.at(-1)).toBe('interrupted: no result is written');
    await expectNothingLeft();
    expect(existsSync(join(directory, 'verified.md'))).toBe(false);
  });

  test('has deleted what it created after an error, which it shows as a difference', async () => {
    const failing = changingRole(async () => { throw new Error('broken'); });

    expect(await verify(TARGET, dependencies([failing]))).toBe(1);

    expect(log).toContainEqual(expect.stringMatching(/DIFFERS {3}error: .*broken/));
    await expectNothingLeft();
  });

  test('lists what it failed to delete, with the command that deletes it', async () => {
    const leaving = changingRole(async (run) => {
      run.created({
        description: 'the user shop',
        command: 'aws elasticache delete-user --user-id shop',
        delete: async () => { throw new Error('denied'); },
      });
      return 'as expected';
    });

    expect(await verify(TARGET, dependencies([leaving]))).toBe(1);

    expect(log).toContain('failed to delete the user shop: denied');
    expect(log).toContain('left behind: the user shop. To delete it: aws elasticache delete-user --user-id shop');
  });
});

describe('the result', () => {
  test('of an account is written without its number, with each difference and the sentence that depends on it', async () => {
    expect(await verify(TARGET, dependencies([FACT, DIFFERENT]))).toBe(1);

    const [page, json] = ['verified.md', 'verified.json'].map(file => readFileSync(join(directory, file), 'utf8'));
    expect(page).toContain('| Topic | another fact | as expected | **in 123456789012** | 0 | README.md: a sentence. |');
    expect(page).toContain('- another fact: README.md: a sentence.');
    expect(JSON.parse(json)).toMatchObject({
      region: 'us-east-1',
      partition: 'aws',
      versions: { 'aws-cdk-lib': expect.any(String) },
      facts: [
        { name: 'a fact', expected: 'as expected', seen: 'as expected', seconds: expect.any(Number), differs: false },
        { name: 'another fact', expected: 'as expected', seen: 'in 123456789012', differs: true },
      ],
    });
    expect(page + json).not.toContain(ACCOUNT);
  });

  test('of the local AWS is not written, and a fact that it cannot show is no result', async () => {
    const notLocal: Fact = { ...DIFFERENT, notLocal: 'it has none' };

    expect(await verifyAccount(localAccount(aws), false, dependencies([FACT, notLocal]))).toBe(0);

    expect(existsSync(join(directory, 'verified.md'))).toBe(false);
    expect(log).toContainEqual(expect.stringContaining('not observable on the local AWS: it has none'));
    expect(log.at(-1)).toBe('1 facts observed, 0 differ\nNothing is written: this was the local AWS, which is no proof of AWS.');
  });

  test('shows a difference if IAM responds differently', async () => {
    const facts = FACTS.filter(({ name }) => name === 'CreateServiceLinkedRole while the role exists');
    expect(facts).toHaveLength(1);
    await iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL });
    await aws.configure({ faults: { CreateServiceLinkedRole: { code: 'EntityAlreadyExists', status: 409, message: 'it exists' } } });

    expect(await verifyAccount(localAccount(aws), true, dependencies(facts))).toBe(1);

    expect(log).toContainEqual(expect.stringContaining('DIFFERS   409 EntityAlreadyExistsException: it exists'));
  });
});

test('Ctrl-C ends the command after it deleted what it created', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'verify/main.ts', ...TARGET], {
    cwd: ROOT,
    env: { ...process.env, NODE_NO_WARNINGS: '1', TSX_TSCONFIG_PATH: 'verify/tsconfig.json' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString());
  child.stderr.on('data', (chunk: Buffer) => output += chunk.toString());
  const ended = new Promise(resolve => child.on('close', resolve));
  while ((await rolesOfRuns()).length === 0 && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 100));

  child.kill('SIGINT');

  expect(await ended).toBe(130);
  expect(output).toContain('interrupted: cleaning up');
  await expectNothingLeft();
}, 120_000);

test('docs/maintaining/verified.md lists every fact as not yet seen, until the command ran on an account', () => {
  if (existsSync(join(ROOT, 'docs/maintaining/verified.json'))) return;

  expect(readFileSync(join(ROOT, 'docs/maintaining/verified.md'), 'utf8')).toBe(pageWithoutRun(FACTS));
});

test.each(FACTS.map(({ name, sentence }) => [name, sentence]))('the docs contain the sentence that depends on "%s"', (_name, sentence) => {
  const [file, ...text] = sentence.split(': ');

  expect(readFileSync(join(ROOT, file), 'utf8').replace(/\s+/g, ' ')).toContain(text.join(': '));
});
