// Rehearses two releases and a breaking one in a clone: packs each language, publishes to registries on this machine, and installs and upgrades an app from there.
// usage: npx projen rehearse:release [npm|pypi|maven|go|nuget]…
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { npmRegistry, pypiRegistry } from './registries';
import { type Places, type Target, TARGETS } from './targets';
import { devDependencies, jsii, name as packageName } from '../../package.json';

const LOG = join(tmpdir(), 'rehearsal.log');
const TOKENS = ['NPM_TOKEN', 'NODE_AUTH_TOKEN', 'TWINE_PASSWORD', 'MAVEN_PASSWORD', 'MAVEN_GPG_PRIVATE_KEY', 'NUGET_API_KEY', 'GITHUB_TOKEN', 'GH_TOKEN', 'GO_GITHUB_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'];

/** Runs a command, and gives what it printed. Fails with the line that says most. */
function run(command: string, cwd: string, environment: Record<string, string> = {}): Promise<string> {
  return new Promise((done, fail) => {
    const options = { cwd, env: { ...process.env, ...environment }, maxBuffer: 2 ** 28 };
    execFile('bash', ['-euo', 'pipefail', '-c', command], options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      appendFileSync(LOG, `$ ${command}\n${output}\n`);
      if (!error) return done(output);
      const lines = output.split('\n').map((line) => line.trim()).filter((line) => /\w/.test(line) && !line.includes('complete log'));
      const telling = [/reason:/, /refused|not found|timed? ?out/i, /error|cannot|denied/i].map((pattern) => lines.filter((line) => pattern.test(line)).at(-1));
      fail(Object.assign(new Error(`${command.split(' ')[0].split('/').at(-1)} failed: ${telling.find(Boolean) ?? lines.at(-1)}`), { output }));
    });
  });
}

/** Prints a step with its result, and gives how long it took. */
async function step(what: string, body: () => Promise<string>): Promise<number> {
  const started = Date.now();
  const result = await body();
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${what}: ${result} (${seconds} s)`);
  return seconds;
}

/** The registries that the command line names, or all whose language this machine has. */
function chosenTargets(names: readonly string[]): [string, Target][] {
  const unknown = names.find((name) => !(name in TARGETS));
  assert.ok(unknown === undefined, `there is no registry ${unknown}: choose from ${Object.keys(TARGETS).join(', ')}.`);
  return Object.entries(TARGETS).filter(([name, { tools }]) => {
    if (names.length > 0 && !names.includes(name)) return false;
    const missing = tools.find((tool) => !process.env.PATH!.split(delimiter).some((folder) => existsSync(join(folder, tool))));
    if (missing) console.log(`${name}: not rehearsed, because this machine has no ${missing}`);
    return !missing;
  });
}

function refuseWhatMustNotBePublished() {
  const token = TOKENS.find((variable) => (process.env[variable] ?? 'dummy') !== 'dummy');
  assert.ok(!token, `${token} is set: unset it, because a rehearsal must not be able to publish.`);
  const [change] = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' }).split('\n');
  assert.ok(!change, `${change.slice(3)} is not committed: commit or stash your changes, because a release has what is committed.`);
}

async function main() {
  rmSync(LOG, { force: true });
  const targets = chosenTargets(process.argv.slice(2));
  refuseWhatMustNotBePublished();

  const root = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  const folder = (name: string) => join(root, name);
  const [source, home, maven, nuget, goRepository] = ['source', 'home', 'maven', 'nuget', 'go.git'].map(folder);
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await run('npm ci --no-audit --no-fund', __dirname);
  const npm = await npmRegistry(folder('npm'));
  const pypi = await pypiRegistry(folder('pypi'));
  process.prependOnceListener('exit', () => [npm, pypi].forEach((registry) => registry.stop()));
  await npm.start();

  // npx and tsx name files of this folder and of the user.
  Object.keys(process.env).filter((variable) => /^(npm|tsx)_/i.test(variable)).forEach((variable) => delete process.env[variable]);
  // What tools keep for later runs is in the temporary folder: the next rehearsal would find its versions there instead of in the registry.
  const goCache = targets.some(([name]) => name === 'go') ? { GOCACHE: (await run('go env GOCACHE', root)).trim() } : {};
  Object.assign(process.env, goCache, {
    CI: 'true',
    MAJOR: '0',
    HOME: home,
    PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env.PATH}`,
    npm_config_registry: `http://${npm.address}`,
    PIP_BREAK_SYSTEM_PACKAGES: '1',
    MAVEN_OPTS: `${process.env.MAVEN_OPTS ?? ''} -Dmaven.repo.local=${folder('m2')}`,
    GOPRIVATE: jsii.targets.go.moduleName,
    GOMODCACHE: folder('go'),
    GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw`,
    NUGET_PACKAGES: folder('nuget-cache'),
  });
  const places: Places = { npm: npm.address, pypi: `http://${pypi.address}/`, maven: `file://${maven}`, nuget };
  [home, maven, nuget].forEach((path) => mkdirSync(path));
  await run(`git config --global user.name rehearsal && git config --global user.email rehearsal@localhost
    git init --quiet --bare --initial-branch main ${goRepository}
    git config --global --add url.file://${goRepository}.insteadOf https://dummy@${jsii.targets.go.moduleName}.git
    git config --global --add url.file://${goRepository}.insteadOf https://${jsii.targets.go.moduleName}
    git clone --quiet . ${source}`, '.');
  symlinkSync(resolve('node_modules'), join(source, 'node_modules'));

  /** Versions and packs what is committed, and gives the version. */
  async function prepare(what: string, ...tasks: string[]): Promise<string> {
    let version = '';
    await step(what, async () => {
      await run('rm -rf dist && projen bump', source);
      version = readFileSync(join(source, 'dist', 'version.txt'), 'utf8');
      const tagged = await run(`git tag --list v${version}`, source);
      assert.ok(!tagged, `the tag v${version} exists, and no commit since then is to be released: add one of the type feat or fix.`);
      for (const task of tasks) await run(`projen ${task}`, source);
      for (const [, { language }] of targets) {
        await run(`projen package:${language}`, source);
        await run(`find dist/${language} -path '*${version}*' | grep . || grep -x ${version} dist/${language}/*/version`, source);
      }
      return version;
    });
    return version;
  }

  async function publish({ publisher, environment }: Target): Promise<string> {
    const output = await run(join(__dirname, 'node_modules', '.bin', publisher), source, environment(places));
    return /already published|Skipping|No changes/i.test(output) ? 'was there already' : 'published';
  }

  /** Installs a version into the app of a language, and runs the app. */
  async function synthesize(name: string, { app, synthesize: command }: Target, version: string): Promise<string> {
    const cwd = folder(`app-${name}`);
    cpSync(join('test', 'package', 'languages', app), cwd, { recursive: true });
    const output = join(cwd, `cdk.out-${version}`);
    const versions = { VERSION: version, CDK_VERSION: devDependencies['aws-cdk-lib'], CONSTRUCTS_VERSION: devDependencies.constructs };
    await run(command, cwd, { ...versions, CDK_OUTDIR: output, PYPI: places.pypi, MAVEN: places.maven, NUGET: nuget });
    assert.ok(existsSync(join(output, 'manifest.json')), `the app of ${name} synthesized nothing`);
    return 'synthesized';
  }

  const table = new Map(targets.map(([name]) => [name, [] as number[]]));

  /** Publishes a version to each registry, and uses it from there. */
  async function release(version: string, note: string) {
    for (const [name, target] of targets) table.get(name)!.push(await step(`${name} ${version}, ${note}`, () => publish(target)));
    await run(`git tag v${version}`, source);
    for (const [name, target] of targets) table.get(name)!.push(await step(`${name} ${version} in an app`, () => synthesize(name, target, version)));
  }

  const first = await prepare('first release', 'bundle', 'compile', 'post-compile');
  const chosen = Object.fromEntries(targets);
  if (chosen.npm && chosen.pypi) {
    await step(`npm ${first}`, () => publish(chosen.npm));
    await step(`pypi ${first}, out of reach`, () => publish(chosen.pypi).then(() => assert.fail('publib-pypi published to nowhere'), (error: Error) => error.message));
  }
  await pypi.start();
  await release(first, 'in a second run');

  await step('the package on npm is as Construct Hub needs it', async () => {
    await run(`npm pack --silent ${packageName}@${first} && tar --extract --file *-${first}.tgz`, root);
    for (const file of ['package.json', '.jsii']) assert.equal(JSON.parse(readFileSync(join(root, 'package', file), 'utf8')).version, first);
    return (await run(`tsx ${resolve('scripts/check-package.ts')}`, folder('package'))).trim();
  });

  await run('git commit --quiet --allow-empty --message "fix: rehearse an upgrade"', source);
  const second = await prepare('second release', 'compile');
  npm.failsNext = 'npm' in chosen;
  pypi.failsNext = 'pypi' in chosen;
  await release(second, 'answering npm and PyPI with 500 once');
  assert.ok(!npm.failsNext && !pypi.failsNext, 'a registry got no upload to answer with 500');

  await step('a breaking change is refused', async () => {
    await run('sed -i s/createDate/createdAt/ src/service-linked-role.ts && git commit --quiet --all --message "feat!: rename an attribute"', source);
    const refused = await run('projen compile', source).then(() => '', ({ output }: { output: string }) => output);
    const [reason] = /^err .*createDate.*$/m.exec(refused) ?? [];
    assert.ok(reason, 'jsii-diff accepted that an attribute is renamed');
    return reason;
  });

  console.log(`\nSeconds:\n| registry | ${first} published | installed, synthesized | ${second} published | upgraded, synthesized |\n|---|---|---|---|---|`);
  table.forEach((seconds, name) => console.log(`| ${name} | ${seconds.join(' | ')} |`));
}

main().then(() => process.exit(), (error: Error) => {
  console.error(`${error.message}${existsSync(LOG) ? ` (see ${LOG})` : ''}`);
  process.exit(1);
});
