// Packs the package for each language, installs it into the app below test/package/languages/ at both ends of the CDK range, and compares what the app synthesizes with TypeScript's.
// usage: tsx --tsconfig scripts/tsconfig.json scripts/test-languages.ts [--cdk VERSION] [python|java|go|dotnet]…
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { version as installedCdk } from 'aws-cdk-lib/package.json';
import { version as installedConstructs } from 'constructs/package.json';
import { jsii, version as packageVersion } from '../package.json';

/** How many minor versions a registry may lack before its newest aws-cdk-lib no longer represents the newest. */
const MAX_MISSING_MINORS = 15;

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

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command and gives what it printed; fails with the end of that, unless the exit code is accepted. */
function run(tool: string, args: string[], { cwd, env }: Command, acceptedCode = 0): Promise<Output> {
  const [nodeMajor] = process.versions.node.split('.');
  const options = {
    cwd,
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: nodeMajor, ...env },
    signal: running.signal,
    maxBuffer: 2 ** 28,
  };
  return new Promise((done, fail) => execFile(tool, args, options, (error, stdout, stderr) => {
    if (error && error.code !== acceptedCode) {
      fail(new Error(`failed (${error.code}): ${tool} ${args.join(' ')}\n${`${stdout}${stderr}`.trimEnd().split('\n').slice(-40).join('\n')}`));
    } else {
      done({ stdout, stderr });
    }
  }));
}

const bin = (tool: string) => join(modules, '.bin', tool);

async function finds(tool: string, ...args: string[]): Promise<boolean> {
  return run(tool, args, { cwd: root }).then(() => true, () => false);
}

async function needs(what: string, tool: string, ...args: string[]) {
  assert.ok(await finds(tool, ...args), `needs ${what}, which this machine does not have.`);
}

/** Packs the package for a language, and gives the folder of the result. */
async function pack(target: string, args: string[] = [], env: Environment = {}): Promise<string> {
  await run(bin('jsii-pacmak'), ['--target', target, '--outdir', dist, ...args], { cwd: source, env });
  return join(dist, target);
}

interface Versions {
  readonly cdk: string;
  readonly constructs: string;
}

type Library = 'aws-cdk-lib' | 'constructs';

/** What pyright reports of the Python app, without what CDK itself gives cause for. */
async function typeErrors(python: string, cwd: string): Promise<string[]> {
  const { stdout } = await run(bin('pyright'), ['--outputjson', '--pythonpath', python, 'app.py'], { cwd }, 1);
  const { generalDiagnostics } = JSON.parse(stdout) as { readonly generalDiagnostics: readonly { readonly message: string }[] };
  return generalDiagnostics.map(({ message }) => message).filter((message) => !CDK_TYPE_ERRORS.test(message));
}

/** An app with its dependencies, ready to run. */
interface Program extends Command {
  readonly tool: string;
  readonly args: string[];
  /** Those that the language's package manager chose. */
  readonly versions: Versions;
}

interface Language {
  readonly registry: string;
  /** What its app prints that TypeScript's does not. */
  readonly ownMessages?: string[];
  /** Packs the package. Gives false if this machine can only generate its code. */
  pack(): Promise<boolean>;
  /** The versions of a library in the language's registry. Called after `pack`. */
  served(library: Library): Promise<string[]>;
  /** Installs the package and the libraries into the app in `cwd`, and builds it. */
  build(cwd: string, versions: Versions): Promise<Program>;
}

const VENV = join(root, 'venv');
const MAVEN_CACHE = join(root, 'm2'); // the user's would keep this build of the package for the next run
const MAVEN_FOLDERS = { 'aws-cdk-lib': 'software/amazon/awscdk/aws-cdk-lib', 'constructs': 'software/constructs/constructs' };
/** Type errors that any Python app has: of interfaces that an older jsii generated, and of principals, which CDK gives another parameter name than their interface. */
const CDK_TYPE_ERRORS = /"__jsii_proxy_class__" is not present|Parameter name mismatch: "statement" versus "_statement"/;
const GO_MODULE = `${jsii.targets.go.moduleName}/${jsii.targets.go.packageName}`;
/** At the end of any Go app, jsii waits twice for its process, and one of the two can find it gone. */
const GO_EXIT_RACE = 'Runtime process exited abnormally: waitid: no child processes';
const GO_LIBRARIES = { 'aws-cdk-lib': 'github.com/aws/aws-cdk-go/awscdk/v2', 'constructs': 'github.com/aws/constructs-go/constructs/v10' };
const NUGET_LIBRARIES = { 'aws-cdk-lib': 'Amazon.CDK.Lib', 'constructs': 'Constructs' };
const NUGET_ENV = { NUGET_PACKAGES: join(root, 'nuget') };
const nugetSources = () => (process.env.RestoreAdditionalProjectSources ?? '').split(';').filter(Boolean);

const typescript: Language = {
  registry: 'npm',

  async pack() {
    await pack('js');
    return true;
  },

  async served(library) {
    const { stdout } = await run('npm', ['view', library, 'versions', '--json'], { cwd: root });
    return JSON.parse(stdout) as string[];
  },

  async build(cwd, versions) {
    const [tarball] = readdirSync(join(dist, 'js'));
    const packages = [join(dist, 'js', tarball), `aws-cdk-lib@${versions.cdk}`, `constructs@${versions.constructs}`];
    await run('npm', ['install', '--prefix', cwd, '--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', ...packages], { cwd });
    await run(bin('tsc'), ['--strict', '--skipLibCheck', '--module', 'node16', 'app.ts'], { cwd });
    return { tool: 'node', args: ['app.js'], cwd, versions };
  },
};

const languages: Record<string, Language> = {
  python: {
    registry: 'PyPI',
    ownMessages: ['cannot grant the managed policy AmazonElastiCacheFullAccess permission'], // the other languages do not compile it

    async pack() {
      await needs('Python 3.10 or newer with its venv module, as python3', 'python3', '-c', 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))');
      await pack('python');
      await run('python3', ['-m', 'venv', VENV], { cwd: root });
      return true;
    },

    async served(library) {
      const { stdout } = await run(join(VENV, 'bin', 'pip'), ['index', 'versions', library], { cwd: root });
      return /^Available versions: (.*)$/m.exec(stdout)![1].split(', ');
    },

    async build(cwd, versions) {
      const [wheel] = readdirSync(join(dist, 'python')).filter((file) => file.endsWith('.whl'));
      const libraries = [`aws-cdk-lib==${versions.cdk}`, `constructs==${versions.constructs}`];
      await run(join(VENV, 'bin', 'pip'), ['install', '--disable-pip-version-check', join(dist, 'python', wheel), ...libraries], { cwd });
      const python = join(VENV, 'bin', 'python');
      assertSubset(await typeErrors(python, cwd), [], 'has type errors');
      return { tool: python, args: ['app.py'], cwd, versions };
    },
  },

  java: {
    registry: 'Maven Central',

    async pack() {
      await needs('JDK 17 or newer', 'javac', '--release', '17', '-version');
      await needs('Maven, as mvn', 'mvn', '--version');
      await pack('java', ['--maven-local-repository', MAVEN_CACHE]);
      return true;
    },

    async served(library) {
      // Maven wrote it when it resolved the version range of the package.
      const folder = join(MAVEN_CACHE, MAVEN_FOLDERS[library]);
      const metadata = readdirSync(folder).filter((file) => /^maven-metadata-.*\.xml$/.test(file));
      return metadata.flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/<version>(.*?)</g)].map(([, version]) => version));
    },

    async build(cwd, versions) {
      const properties = {
        'maven.repo.local': MAVEN_CACHE,
        'package.repository': `file://${join(dist, 'java')}`,
        'package.version': packageVersion,
        'cdk.version': versions.cdk,
        'constructs.version': versions.constructs,
        'mdep.outputFile': 'classpath',
      };
      const args = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
      await run('mvn', ['--batch-mode', '--quiet', ...args, 'compile', 'dependency:build-classpath'], { cwd });
      const classpath = [join('target', 'classes'), readFileSync(join(cwd, 'classpath'), 'utf8')].join(delimiter);
      return { tool: 'java', args: ['-cp', classpath, 'App'], cwd, versions };
    },
  },

  go: {
    registry: 'the Go module proxy',

    async pack() {
      await needs('Go 1.21 or newer', 'go', 'version');
      const packed = join(await pack('go'), jsii.targets.go.packageName);
      const needed = `go-version: ^${/^go (\S+)$/m.exec(readFileSync(join(packed, 'go.mod'), 'utf8'))![1]}`;
      for (const workflow of ['build', 'release']) {
        assert.ok(readFileSync(`.github/workflows/${workflow}.yml`, 'utf8').includes(needed), `the workflow ${workflow} does not set ${needed}, which the generated go.mod asks for.`);
      }
      return true;
    },

    async served(library) {
      const { stdout } = await run('go', ['list', '-m', '-versions', GO_LIBRARIES[library]], { cwd: root });
      return stdout.trim().split(' ').slice(1).map((version) => version.replace(/^v/, ''));
    },

    async build(cwd, versions) {
      await run('go', ['mod', 'edit',
        `-require=${GO_MODULE}@v${packageVersion}`,
        `-replace=${GO_MODULE}=${join(dist, 'go', jsii.targets.go.packageName)}`,
        `-require=${GO_LIBRARIES['aws-cdk-lib']}@v${versions.cdk}`,
        `-require=${GO_LIBRARIES.constructs}@v${versions.constructs}`], { cwd });
      await run('go', ['mod', 'tidy'], { cwd });
      await run('go', ['build', '-o', 'app', '.'], { cwd });
      const chosen = async (library: Library) => (await run('go', ['list', '-m', '-f', '{{.Version}}', GO_LIBRARIES[library]], { cwd })).stdout.trim().slice(1);
      return { tool: join(cwd, 'app'), args: [], cwd, versions: { cdk: await chosen('aws-cdk-lib'), constructs: await chosen('constructs') } };
    },
  },

  dotnet: {
    registry: 'NuGet',

    async pack() {
      const compiles = await finds('dotnet', '--version');
      await pack('dotnet', compiles ? [] : ['--code-only'], NUGET_ENV);
      return compiles;
    },

    async served(library) {
      const search = ['package', 'search', NUGET_LIBRARIES[library], '--exact-match', '--format', 'json'];
      const searches = [search, ...nugetSources().map((folder) => [...search, '--source', folder])];
      const found = await Promise.all(searches.map((args) => run('dotnet', args, { cwd: root })));
      return found.flatMap(({ stdout }) => [...stdout.matchAll(/"version":\s*"(.*?)"/g)].map(([, version]) => version));
    },

    async build(cwd, versions) {
      const env = { ...NUGET_ENV, RestoreAdditionalProjectSources: [...nugetSources(), join(dist, 'dotnet')].join(';') };
      const properties = { CdkVersion: versions.cdk, ConstructsVersion: versions.constructs, RoleVersion: packageVersion };
      await run('dotnet', ['build', '--output', 'out', ...Object.entries(properties).map(([name, value]) => `-p:${name}=${value}`)], { cwd, env });
      return { tool: 'dotnet', args: [join('out', 'App.dll')], cwd, env, versions };
    },
  },
};

/** Compiles a copy of this folder, so that nothing is written here. */
async function compile() {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: '.' });
  for (const file of stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    cpSync(file, join(source, file));
  }
  symlinkSync(modules, join(source, 'node_modules'));
  await run(bin('projen'), ['bundle'], { cwd: source });
  await run(bin('projen'), ['compile'], { cwd: source });
}

const nameVersions = ({ cdk, constructs }: Versions) => `aws-cdk-lib ${cdk}, constructs ${constructs}`;

/** Installs and builds the app of a language in a folder of its own. */
async function build(name: string, language: Language, versions: Versions): Promise<Program> {
  const cwd = join(root, `${name} ${nameVersions(versions)}`.replace(/[ ,]+/g, '-'));
  cpSync(join('test', 'package', 'languages', name), cwd, { recursive: true });
  return language.build(cwd, versions);
}

/** What an app synthesizes and prints. */
interface Result {
  /** The templates by their names, without the metadata. */
  readonly templates: Record<string, unknown>;
  /** Lines of stdout: the messages of the errors that the app expects. */
  readonly messages: string[];
  readonly warnings: string[];
}

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

async function synthesize({ tool, args, cwd, env }: Program): Promise<Result> {
  const assembly = join(cwd, 'cdk.out');
  const { stdout, stderr } = await run(tool, args, { cwd, env: { ...env, CDK_OUTDIR: assembly, JSII_DEPRECATED: 'fail' } });
  const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  const read = (file: string) => JSON.parse(readFileSync(join(assembly, file), 'utf8'), (key, value) => key === 'Metadata' ? undefined : value);
  return { templates: Object.fromEntries(templates.map((file) => [file, read(file)])), messages: lines(stdout), warnings: lines(stderr) };
}

let passed = 0;
let failed = 0;
let reported = 0;

/** Runs one test, and prints how it went and how long it took, without the tests inside it. */
async function test<T>(name: string, body: () => Promise<{ readonly said: string; readonly result: T }>): Promise<T | undefined> {
  const started = Date.now() - reported;
  const report = (mark: string, said: string) => {
    const milliseconds = Date.now() - reported - started;
    reported += milliseconds;
    console.log(`${mark} ${name} ${said} (${Math.round(milliseconds / 1000)} s)`);
  };
  try {
    const { said, result } = await body();
    report('✓', said);
    passed++;
    return result;
  } catch (error) {
    report('✗', (error as Error).message);
    failed++;
    return undefined;
  }
}

function assertSubset(part: string[], whole: string[], message: string) {
  const others = part.filter((line) => !whole.includes(line));
  assert.ok(others.length === 0, `${message}:\n${others.join('\n')}`);
}

const baselines = new Map<string, Result | undefined>();

/** What the TypeScript app synthesizes with these versions, and what CDK prints for an empty app. */
async function baseline(versions: Versions): Promise<Result | undefined> {
  const key = nameVersions(versions);
  if (!baselines.has(key)) {
    baselines.set(key, await test('typescript', async () => {
      const program = await build('typescript', typescript, versions);
      const { templates, messages, warnings } = await synthesize(program);
      const empty = await synthesize({ ...program, args: ['-e', 'new (require("aws-cdk-lib").App)().synth()'] });
      assertSubset(warnings, empty.warnings, 'prints what CDK does not print for an empty app');
      assert.notEqual(messages.length, 0, 'prints no error message');
      return { said: `synthesizes ${Object.keys(templates).length} templates with ${key}`, result: { templates, messages, warnings: empty.warnings } };
    }));
  }
  return baselines.get(key);
}

/** Whether the app of a language gives what TypeScript gives. */
async function compare(name: string, language: Language, requested: Versions) {
  const program = await build(name, language, requested);
  const expected = await baseline(program.versions);
  assert.ok(expected, `has nothing to be compared with: TypeScript fails with ${nameVersions(program.versions)}`);
  const { templates, messages, warnings } = await synthesize(program);
  assert.deepEqual(templates, expected.templates);
  const printed = messages.join('\n'); // some languages add the stack to the message
  const missing = [...expected.messages, ...language.ownMessages ?? []].filter((message) => !printed.includes(message));
  assert.ok(missing.length === 0, `does not report:\n${missing.join('\n')}\nbut:\n${printed}`);
  assertSubset(warnings, [...expected.warnings, GO_EXIT_RACE], 'prints what CDK does not print for an empty app');
  return { said: `synthesizes the same templates with ${nameVersions(program.versions)}`, result: undefined };
}

const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/** The versions that npm serves, oldest first. */
async function onNpm(library: Library): Promise<string[]> {
  return (await typescript.served(library)).filter((version) => /^\d+\.\d+\.\d+$/.test(version)).sort(byVersion);
}

/** The newest version of a library that npm and the registry of a language both serve. */
async function newest({ served }: Language, library: Library): Promise<string> {
  const inRegistry = await served(library);
  return (await onNpm(library)).filter((version) => inRegistry.includes(version)).at(-1) ?? 'none';
}

/** The newest versions for a language, or fails if its registry is far behind npm. */
async function newestVersions(language: Language): Promise<Versions> {
  const minor = (version: string) => Number(version.split('.')[1]);
  const versions = { cdk: await newest(language, 'aws-cdk-lib'), constructs: await newest(language, 'constructs') };
  const newestOnNpm = (await onNpm('aws-cdk-lib')).at(-1)!;
  const missing = minor(newestOnNpm) - minor(versions.cdk);
  assert.ok(missing <= MAX_MISSING_MINORS, `has no current version to run with: ${language.registry} serves aws-cdk-lib up to ${versions.cdk} and lacks ${missing} minor versions up to ${newestOnNpm}, which npm serves.`);
  return versions;
}

/** One version that was requested. */
async function requestedVersions(language: Language, cdk: string): Promise<Versions> {
  assert.ok((await language.served('aws-cdk-lib')).includes(cdk), `cannot run with aws-cdk-lib ${cdk}: ${language.registry} does not serve it.`);
  return { cdk, constructs: await newest(language, 'constructs') };
}

async function testLanguage(name: string, language: Language, requested?: string) {
  const compiled = await test(name, async () => {
    const result = await language.pack();
    return { said: result ? 'is packed' : 'has its code generated; it is not compiled, because this machine has no .NET SDK', result };
  });
  if (!compiled) {
    return;
  }
  if (requested) {
    await test(name, async () => compare(name, language, await requestedVersions(language, requested)));
  } else {
    await test(name, () => compare(name, language, { cdk: installedCdk, constructs: installedConstructs }));
    await test(name, async () => compare(name, language, await newestVersions(language)));
  }
}

/** The languages and the version of aws-cdk-lib that the command line names. */
async function readArguments(): Promise<{ readonly names: string[]; readonly cdk?: string }> {
  const { values: { cdk }, positionals } = parseArgs({ allowPositionals: true, options: { cdk: { type: 'string' } } });
  const all = Object.keys(languages);
  const unknown = positionals.find((name) => !all.includes(name));
  assert.ok(unknown === undefined, `there is no package for the language ${unknown}: choose from ${all.join(', ')}, each of which is compared with TypeScript.`);
  if (cdk !== undefined) {
    assert.ok(byVersion(cdk, installedCdk) >= 0, `aws-cdk-lib ${cdk} is lower than ${installedCdk}, the lowest that the package supports.`);
    assert.ok((await onNpm('aws-cdk-lib')).includes(cdk), `npm does not serve aws-cdk-lib ${cdk}.`);
  }
  return { names: positionals.length > 0 ? all.filter((name) => positionals.includes(name)) : all, cdk };
}

async function main() {
  const { names, cdk } = await readArguments();
  await test('typescript', async () => {
    await compile();
    return { said: 'is packed', result: await typescript.pack() };
  });
  for (const name of failed === 0 ? names : []) {
    await testLanguage(name, languages[name], cdk);
  }
  console.log(`Tests:       ${failed > 0 ? `${failed} failed, ` : ''}${passed} passed, ${passed + failed} total`);
  process.exitCode = failed > 0 ? 1 : 0;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
