// Rehearses two releases and a breaking one in a clone: packs each language, publishes to registries on this machine, and installs and upgrades
// an app from there.
// usage: npx projen rehearse:release [npm|pypi|maven|go|nuget]…
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { startNpmRegistry, startPypiRegistry } from './registries';
import { type Target, TARGETS } from './targets';
import { devDependencies, jsii, name as packageName } from '../../package.json';

/** Where no server listens. */
const NOWHERE = 'http://127.0.0.1:1/';
const TOKENS = [
  'NPM_TOKEN', 'NODE_AUTH_TOKEN', 'TWINE_PASSWORD', 'MAVEN_PASSWORD', 'MAVEN_GPG_PRIVATE_KEY', 'NUGET_API_KEY',
  'GITHUB_TOKEN', 'GH_TOKEN', 'GO_GITHUB_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
];

/** Runs a command, and returns what it printed. */
function run(command: string, cwd: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((done, fail) => {
    const options = { cwd, env: { ...process.env, ...environment }, maxBuffer: 2 ** 28 };
    // Bash would read its start-up file, because Node.js gives it a socket to read from.
    execFile('bash', ['--norc', '-euo', 'pipefail', '-c', command], options, (error, stdout, stderr) => {
      if (error) fail(new Error(`failed: ${command}\n${stdout}${stderr}`));
      else done(stdout + stderr);
    });
  });
}

/** Prints a step with its result, which it returns, and how long it took. */
async function step(what: string, body: () => Promise<string>): Promise<string> {
  const started = Date.now();
  const result = await body();
  console.log(`${what}: ${result} (${Math.round((Date.now() - started) / 1000)} s)`);
  return result;
}

/** The registries that the command line names, or all whose language this machine has. */
function chosenTargets(names: readonly string[]): [string, Target][] {
  const unknown = names.find((name) => !(name in TARGETS));
  assert.ok(unknown === undefined, `there is no registry ${unknown}: choose from ${Object.keys(TARGETS).join(', ')}.`);
  const targets = Object.entries(TARGETS).filter(([name, { tools }]) => {
    if (names.length > 0 && !names.includes(name)) return false;
    const missing = tools.find((tool) => spawnSync('bash', ['--norc', '-c', `command -v ${tool}`]).status !== 0);
    if (missing) console.log(`${name}: not rehearsed, because this machine has no ${missing}`);
    return !missing;
  });
  assert.ok(targets.length > 0, 'there is nothing to rehearse.');
  return targets;
}

function refuseWhatMustNotBePublished() {
  const token = TOKENS.find((variable) => (process.env[variable] ?? 'dummy') !== 'dummy');
  assert.ok(!token, `${token} is set: unset it, because a rehearsal must not be able to publish.`);
  const [change] = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' }).split('\n');
  assert.ok(!change, `${change.slice(3)} is not committed: commit or stash your changes, because a release has what is committed.`);
}

/** Starts the registries in a folder, and lets all commands use them. Returns the clone that is released. */
async function prepareMachine(root: string): Promise<string> {
  const folder = (name: string) => join(root, name);
  const [npm, pypi] = [await startNpmRegistry(folder('npm')), await startPypiRegistry(folder('pypi'))];
  const [home, maven, nuget, source, goRepository] = ['home', 'maven', 'nuget', 'source', 'go.git'].map(folder);
  [home, maven, nuget].forEach((path) => mkdirSync(path));
  // npx and tsx name files of this folder and of the user.
  Object.keys(process.env).filter((variable) => /^(npm|tsx)_/i.test(variable)).forEach((variable) => delete process.env[variable]);
  Object.assign(process.env, {
    CI: 'true',
    MAJOR: '0',
    NPM: npm,
    PYPI: `http://${pypi}/`,
    MAVEN: `file://${maven}`,
    NUGET: nuget,
    PATH: [resolve('node_modules/.bin'), join(__dirname, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    npm_config_registry: `http://${npm}`,
    PIP_BREAK_SYSTEM_PACKAGES: '1',
    GOPRIVATE: jsii.targets.go.moduleName,
    CDK_VERSION: devDependencies['aws-cdk-lib'],
    CONSTRUCTS_VERSION: devDependencies.constructs,
    // What tools keep for later runs is in the folder, too: the next rehearsal would find its versions there instead of in the registry.
    HOME: home,
    MAVEN_OPTS: `${process.env.MAVEN_OPTS ?? ''} -Dmaven.repo.local=${folder('m2')}`,
    GOCACHE: process.env.GOCACHE ?? join(homedir(), '.cache/go-build'), // has no versions, and saves minutes
    GOMODCACHE: folder('go'),
    GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw`,
    NUGET_PACKAGES: folder('nuget-cache'),
  });
  await run(`git config --global user.name rehearsal && git config --global user.email rehearsal@localhost
    git init --quiet --bare --initial-branch main ${goRepository}
    git config --global --add url.file://${goRepository}.insteadOf https://dummy@${jsii.targets.go.moduleName}.git
    git config --global --add url.file://${goRepository}.insteadOf https://${jsii.targets.go.moduleName}
    git clone --quiet . ${source}`, '.');
  symlinkSync(resolve('node_modules'), join(source, 'node_modules'));
  return source;
}

async function main() {
  const targets = chosenTargets(process.argv.slice(2));
  refuseWhatMustNotBePublished();
  const root = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await run('npm ci --no-audit --no-fund', __dirname);
  const source = await prepareMachine(root);

  /** Versions and packs what is committed, and returns the version. */
  async function pack(...tasks: string[]): Promise<string> {
    await run('rm -rf dist && projen bump', source);
    const version = readFileSync(join(source, 'dist', 'version.txt'), 'utf8');
    const tagged = await run(`git tag --list v${version}`, source);
    assert.ok(!tagged, `the tag v${version} exists, and no commit since then is to be released: add one of the type feat or fix.`);
    for (const task of [...tasks, ...targets.map(([, { language }]) => `package:${language}`)]) await run(`projen ${task}`, source);
    return version;
  }

  async function publish({ publish: command }: Target): Promise<string> {
    const output = await run(command, source);
    return /already published|Skipping|No changes/i.test(output) ? 'was there already' : 'published';
  }

  /** Installs a version into the app of a language, and runs the app. */
  async function synthesize(name: string, { app, synthesize: command }: Target, version: string): Promise<string> {
    const cwd = join(root, `app-${name}`);
    cpSync(join('test', 'package', 'languages', app), cwd, { recursive: true });
    const output = join(cwd, `cdk.out-${version}`);
    await run(command, cwd, { VERSION: version, CDK_OUTDIR: output });
    assert.ok(existsSync(join(output, 'manifest.json')), `the app of ${name} synthesized nothing`);
    return 'synthesized';
  }

  /** Publishes a version to each registry, and uses it from there. */
  async function release(version: string) {
    for (const [name, target] of targets) await step(`${name} ${version}`, () => publish(target));
    await run(`git tag v${version}`, source);
    for (const [name, target] of targets) await step(`${name} ${version} in an app`, () => synthesize(name, target, version));
  }

  const first = await step('first release', () => pack('bundle', 'compile', 'post-compile'));
  const { npm, pypi } = Object.fromEntries<Target | undefined>(targets);
  if (npm && pypi) {
    await step(`npm ${first}`, () => publish(npm));
    await step(`pypi ${first}, out of reach`, async () => {
      await assert.rejects(run(pypi.publish, source, { PYPI: NOWHERE }), /refused/i);
      return 'interrupted';
    });
    assert.equal(await publish(npm), 'was there already');
  }
  await release(first);

  if (npm) {
    await step('the package on npm is as Construct Hub needs it', async () => {
      await run(`npm pack --silent ${packageName}@${first} && tar --extract --file *-${first}.tgz`, root);
      const published = join(root, 'package');
      for (const file of ['package.json', '.jsii']) {
        assert.equal((JSON.parse(readFileSync(join(published, file), 'utf8')) as { version: string }).version, first, file);
      }
      return (await run(`tsx ${resolve('scripts/check-package.ts')}`, published)).trim();
    });
  }

  await run('git commit --quiet --allow-empty --message "fix: rehearse an upgrade"', source);
  await release(await step('second release', () => pack('compile')));

  if (npm) {
    await step('a breaking change', async () => {
      await run('sed -i s/createDate/createdAt/ src/service-linked-role.ts', source);
      await run('git commit --quiet --all --message "feat!: rename an attribute"', source);
      await assert.rejects(run('projen compile', source), /^err .*createDate/m);
      return 'refused';
    });
  }
}

main().then(() => process.exit(), (error: Error) => {
  console.error(error.message);
  process.exit(1);
});
