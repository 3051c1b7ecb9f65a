import { exec, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { version as lowestCdk } from 'aws-cdk-lib/package.json';
import { version as lowestConstructs } from 'constructs/package.json';

// The task test:languages compiles the package first. The languages run beside each other, because their package managers mostly wait.
jest.setTimeout(1_800_000);

const ROOT = join(__dirname, '../../..');
const bin = (tool: string) => join(ROOT, 'node_modules/.bin', tool);
const folder = mkdtempSync(join(tmpdir(), 'languages-'));
const dist = join(folder, 'dist');

const LOWEST = { cdk: lowestCdk, constructs: lowestConstructs };
type Versions = Partial<typeof LOWEST>;
const ENDS = ['lowest', 'newest'] as const;
type End = typeof ENDS[number];

interface Language {
  /** Runs the app. */
  readonly command: string;
  /** Installs the package and the libraries into the app in a folder, and builds it. Without versions, the newest. */
  build(cwd: string, versions: Versions): Promise<unknown>;
}

/** Type errors that any Python app has: of interfaces that an older jsii generated, and of principals, which CDK gives another parameter name than their interface. */
const CDK_TYPE_ERRORS = /"__jsii_proxy_class__" is not present|Parameter name mismatch: "statement" versus "_statement"/;
/** At the end of any Go app, jsii waits twice for its process, and one of the two can find that it no longer exists. */
const GO_EXIT_RACE = /^.*Runtime process exited abnormally: waitid: no child processes\n?/m;
const hasDotnet = spawnSync('dotnet', ['--version']).status === 0;
const NUGET = {
  NUGET_PACKAGES: join(folder, 'nuget'), // the user's would keep this build of the package for the next run
  RestoreAdditionalProjectSources: [process.env.RestoreAdditionalProjectSources, join(dist, 'dotnet')].filter(Boolean).join(';'),
};

const LANGUAGES: Record<string, Language> = {
  typescript: {
    command: 'node app.js',
    async build(cwd, { cdk }) {
      // The lowest are installed here, so npm links them.
      const libraries = ['aws-cdk-lib', 'constructs'].map((name) => cdk ? join(ROOT, 'node_modules', name) : `${name}@latest`);
      await run(`npm install --prefix . --no-package-lock --no-audit --no-fund ${dist}/js/*.tgz ${libraries.join(' ')}`, cwd);
      await run(`${bin('tsc')} --strict --skipLibCheck --module node16 app.ts`, cwd);
    },
  },

  python: {
    command: '.venv/bin/python app.py',
    async build(cwd, { cdk, constructs }) {
      await run('python3 -m venv .venv', cwd);
      await run(`.venv/bin/pip install ${dist}/python ${cdk ? `aws-cdk-lib==${cdk} constructs==${constructs}` : ''}`, cwd);
      const { stdout } = await run(`${bin('pyright')} --outputjson --pythonpath .venv/bin/python app.py || test $? = 1`, cwd);
      const { generalDiagnostics } = JSON.parse(stdout) as { readonly generalDiagnostics: readonly { readonly message: string }[] };
      expect(generalDiagnostics.filter(({ message }) => !CDK_TYPE_ERRORS.test(message))).toEqual([]);
    },
  },

  java: {
    command: 'java -cp "target/classes:$(cat target/classpath)" App',
    build: (cwd, { cdk = 'LATEST', constructs = 'LATEST' }) => run('mvn --batch-mode --quiet --file with-package '
      + `-Dcdk.version=${cdk} -Dconstructs.version=${constructs} -Dmdep.outputFile=target/classpath compile dependency:build-classpath`, cwd),
  },

  go: {
    command: './app',
    async build(cwd, { cdk }) {
      // Go installs the lowest versions that the package allows, unless another is requested.
      if (!cdk) await run('go get github.com/aws/aws-cdk-go/awscdk/v2@latest github.com/aws/constructs-go/constructs/v10@latest', cwd);
      await run('go mod tidy && go build -o app .', cwd);
    },
  },

  dotnet: {
    command: 'dotnet out/App.dll',
    build: (cwd, { cdk = '*', constructs = '*' }) => run(`dotnet build --output out '-p:CdkVersion=${cdk}' '-p:ConstructsVersion=${constructs}'`, cwd, NUGET),
  },
};

async function run(command: string, cwd: string, env: Readonly<Record<string, string>> = {}) {
  const silenced = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0] };
  try {
    return await promisify(exec)(command, { cwd, env: { ...process.env, ...silenced, ...env }, maxBuffer: 2 ** 28 });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`failed: ${command}\n${stdout}${stderr}`);
  }
}

/** What the app synthesizes, without metadata, and prints. */
async function synthesize(name: string, end: End) {
  const cwd = join(folder, `${name}-${end}`);
  cpSync(join(__dirname, name), cwd, { recursive: true });
  await LANGUAGES[name].build(cwd, end === 'lowest' ? LOWEST : {});
  const { stdout, stderr } = await run(LANGUAGES[name].command, cwd, { CDK_OUTDIR: 'cdk.out', JSII_DEPRECATED: 'fail' });
  const read = (file: string): unknown =>
    JSON.parse(readFileSync(join(cwd, 'cdk.out', file), 'utf8'), (key, value) => key === 'Metadata' ? undefined : value);
  const templates = readdirSync(join(cwd, 'cdk.out')).filter((file) => file.endsWith('.template.json'));
  return {
    cdk: (read('tree.json') as { tree: { constructInfo: { version: string } } }).tree.constructInfo.version,
    templates: Object.fromEntries(templates.map((file) => [file, read(file)])),
    printed: stdout,
    warnings: stderr.replace(GO_EXIT_RACE, ''),
  };
}

const expected = {} as Record<End, Awaited<ReturnType<typeof synthesize>>>;

beforeAll(async () => {
  await run(`${bin('jsii-pacmak')} --code-only --outdir ${dist}`, ROOT);
  if (hasDotnet) await run(`${bin('jsii-pacmak')} --target dotnet --outdir ${dist}`, ROOT, NUGET);
  for (const end of ENDS) expected[end] = await synthesize('typescript', end);
});

test('code is generated for each language, and the workflows install the Go version that it requires', () => {
  expect(readdirSync(dist)).toEqual(['dotnet', 'go', 'java', 'js', 'python']);
  const [goPackage] = readdirSync(join(dist, 'go'));
  const [, goVersion] = /^go (\S+)$/m.exec(readFileSync(join(dist, 'go', goPackage, 'go.mod'), 'utf8'))!;
  for (const workflow of ['build', 'release']) {
    expect(readFileSync(join(ROOT, `.github/workflows/${workflow}.yml`), 'utf8')).toContain(`go-version: ^${goVersion}`);
  }
});

test.each(ENDS)('with the %s aws-cdk-lib, the TypeScript app synthesizes its stacks and prints an error message, and no warning', (end) => {
  const { templates, printed, warnings } = expected[end];
  expect(Object.keys(templates)).toHaveLength(4);
  expect(printed).toMatch(/^.*propagationDelay.*\n$/);
  expect(warnings).toBe('');
});

const others = Object.keys(LANGUAGES).filter((name) => name !== 'typescript' && (name !== 'dotnet' || hasDotnet));
if (!hasDotnet) test.skip('the dotnet app is not tested, because this machine has no dotnet', () => {});

test.concurrent.each(others)('the %s app synthesizes and prints the same with the lowest and the newest aws-cdk-lib', async (name) => {
  for (const end of ENDS) {
    const { cdk, templates, printed, warnings } = await synthesize(name, end);
    try {
      expect(templates).toEqual(expected[end].templates);
      expect(printed).toContain(expected[end].printed.trim());
      expect(warnings).toBe('');
    } catch (error) {
      const versions = `${name} has aws-cdk-lib ${cdk} and TypeScript ${expected[end].cdk}: if they differ, a registry lags behind npm.`;
      throw new Error(`${versions}\n${(error as Error).message}`);
    }
  }
});
