// Builds the package for each language, installs it into the app of that language below test/package/languages/, and compares what the app synthesizes with TypeScript's.
// usage: tsx --tsconfig scripts/tsconfig.json scripts/test-languages.ts [python|java|go|dotnet]…
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { version as cdkVersion } from 'aws-cdk-lib/package.json';
import { jsii, version } from '../package.json';

const modules = resolve('node_modules');
const root = mkdtempSync(join(tmpdir(), 'languages-'));
const source = join(root, 'package');
const dist = join(root, 'dist');
const running = new AbortController();
process.once('exit', () => rmSync(root, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    running.abort();
    process.exit(1);
  });
}

type Environment = Record<string, string>;

interface Command {
  readonly cwd: string;
  readonly env?: Environment;
}

/** Runs a command and gives what it printed; fails with the end of that. */
function run(tool: string, args: string[], { cwd, env }: Command): Promise<string> {
  const options = { cwd, env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1', ...env }, signal: running.signal, maxBuffer: 2 ** 28 };
  return new Promise((done, fail) => execFile(tool, args, options, (error, stdout, stderr) => {
    if (error) {
      fail(new Error(`failed (${error.code}): ${tool} ${args.join(' ')}\n${`${stdout}${stderr}`.trimEnd().split('\n').slice(-40).join('\n')}`));
    } else {
      done(stdout);
    }
  }));
}

const bin = (tool: string) => join(modules, '.bin', tool);

async function finds(tool: string, ...args: string[]): Promise<boolean> {
  return run(tool, args, { cwd: root }).then(() => true, () => false);
}

async function needs(what: string, tool: string, ...args: string[]) {
  assert.ok(await finds(tool, ...args), `needs ${what}, which this machine has not`);
}

/** The app of a language, in a folder where the build may write. */
function copyApp(language: string): string {
  const cwd = join(root, language);
  cpSync(join('test', 'package', 'languages', language), cwd, { recursive: true });
  return cwd;
}

/** Packs the package for a language, and gives the folder of the result. */
async function pack(target: string, args: string[] = [], env: Environment = {}): Promise<string> {
  await run(bin('jsii-pacmak'), ['--target', target, '--outdir', dist, ...args], { cwd: source, env });
  return join(dist, target);
}

/** The templates of an app by their names, without the metadata. */
type Templates = Record<string, unknown>;

async function synthesize(tool: string, args: string[], { cwd, env }: Command): Promise<Templates> {
  const assembly = join(cwd, 'cdk.out');
  await run(tool, args, { cwd, env: { ...env, CDK_OUTDIR: assembly } });
  const templates = readdirSync(assembly).filter((name) => name.endsWith('.template.json'));
  assert.notEqual(templates.length, 0, 'the app wrote no template');
  const read = (name: string) => JSON.parse(readFileSync(join(assembly, name), 'utf8'), (key, value) => key === 'Metadata' ? undefined : value);
  return Object.fromEntries(templates.map((name) => [name, read(name)]));
}

/** How each language packs the package, installs it and runs the app; nothing where the app cannot run. */
const languages = {
  async typescript() {
    const cwd = copyApp('typescript');
    const [tarball] = readdirSync(await pack('js'));
    const installed = join(cwd, 'node_modules', 'cdk-elasticache-service-linked-role');
    mkdirSync(installed, { recursive: true });
    await run('tar', ['xzf', join(dist, 'js', tarball), '--strip-components=1'], { cwd: installed });
    for (const peer of ['aws-cdk-lib', 'constructs']) {
      symlinkSync(join(modules, peer), join(cwd, 'node_modules', peer));
    }
    await run(bin('tsc'), ['--strict', '--skipLibCheck', '--module', 'node16', 'app.ts'], { cwd });
    return synthesize('node', ['app.js'], { cwd });
  },

  async python() {
    await needs('Python 3.10 or newer with its venv module, as python3', 'python3', '-c', 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))');
    const cwd = copyApp('python');
    const [wheel] = readdirSync(await pack('python')).filter((name) => name.endsWith('.whl'));
    await run('python3', ['-m', 'venv', '.venv'], { cwd });
    const python = join(cwd, '.venv', 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', join(dist, 'python', wheel), `aws-cdk-lib==${cdkVersion}`], { cwd });
    return synthesize(python, ['app.py'], { cwd });
  },

  async java() {
    await needs('JDK 17 or newer', 'javac', '--release', '17', '-version');
    await needs('Maven, as mvn', 'mvn', '--version');
    const cwd = copyApp('java');
    // Not the user's, which would keep this build and give it to the next run.
    const cache = join(root, 'm2');
    const repository = await pack('java', ['--maven-local-repository', cache]);
    const properties = { 'maven.repo.local': cache, 'package.repository': `file://${repository}`, 'package.version': version, 'cdk.version': cdkVersion };
    const args = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    return synthesize('mvn', ['--batch-mode', '--quiet', ...args, 'compile', 'exec:java'], { cwd });
  },

  async go() {
    await needs('Go 1.21 or newer', 'go', 'version');
    const cwd = copyApp('go');
    const { moduleName, packageName } = jsii.targets.go;
    const module = `${moduleName}/${packageName}`;
    const packed = join(await pack('go'), packageName);
    const edits = [`-require=${module}@v${version}`, `-replace=${module}=${packed}`, `-require=github.com/aws/aws-cdk-go/awscdk/v2@v${cdkVersion}`];
    await run('go', ['mod', 'edit', ...edits], { cwd });
    await run('go', ['mod', 'tidy'], { cwd });
    return synthesize('go', ['run', '.'], { cwd });
  },

  async dotnet() {
    if (!await finds('dotnet', '--version')) {
      await pack('dotnet', ['--code-only']);
      return undefined;
    }
    const cwd = copyApp('dotnet');
    const env = { NUGET_PACKAGES: join(root, 'nuget') }; // for the same reason as Maven's
    const properties = { CdkVersion: cdkVersion, RoleVersion: version, RestoreAdditionalProjectSources: await pack('dotnet', [], env) };
    const args = Object.entries(properties).map(([name, value]) => `-p:${name}=${value}`);
    await run('dotnet', ['build', '--output', 'out', ...args], { cwd, env });
    return synthesize('dotnet', [join('out', 'App.dll')], { cwd, env });
  },
};

type Language = keyof typeof languages;

/** Compiles a copy of this folder, so that nothing is written here. */
async function compile() {
  const files = (await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: '.' })).split('\0').filter(Boolean);
  for (const file of files) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    cpSync(file, join(source, file));
  }
  symlinkSync(modules, join(source, 'node_modules'));
  await run(bin('projen'), ['bundle'], { cwd: source });
  await run(bin('projen'), ['compile'], { cwd: source });
}

interface Outcome {
  readonly said: string;
  readonly templates?: Templates;
}

/** Runs one test and says how it went. */
async function test(name: string, body: () => Promise<Outcome>): Promise<{ readonly passed: boolean; readonly templates?: Templates }> {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  try {
    const { said, templates } = await body();
    console.log(`✓ ${name} ${said} (${seconds()})`);
    return { passed: true, templates };
  } catch (error) {
    console.log(`✗ ${name} ${(error as Error).message} (${seconds()})`);
    return { passed: false };
  }
}

async function testLanguages(names: Language[]): Promise<boolean[]> {
  const baseline = await test('typescript', async () => {
    await compile();
    const templates = await languages.typescript();
    return { said: `synthesizes ${Object.keys(templates).length} templates with aws-cdk-lib ${cdkVersion}`, templates };
  });
  const others = await Promise.all(names.map((name) => test(name, async () => {
    assert.ok(baseline.templates, 'has nothing to be compared with');
    const templates = await languages[name]();
    if (!templates) {
      return { said: 'has its code generated; it is not compiled, since this machine has no dotnet' };
    }
    assert.deepEqual(templates, baseline.templates);
    return { said: 'synthesizes the same templates' };
  })));
  return [baseline, ...others].map(({ passed }) => passed);
}

async function main() {
  const others = Object.keys(languages).filter((name) => name !== 'typescript') as Language[];
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !(name in languages));
  assert.ok(unknown === undefined, `no language of the package: ${unknown}; there are ${others.join(', ')}, all compared with TypeScript`);
  const results = await testLanguages(asked.length > 0 ? others.filter((name) => asked.includes(name)) : others);
  const passed = results.filter((result) => result).length;
  const failed = results.length - passed;
  console.log(`Tests:       ${failed > 0 ? `${failed} failed, ` : ''}${passed} passed, ${results.length} total`);
  process.exitCode = failed > 0 ? 1 : 0;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
