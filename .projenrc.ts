import { awscdk, github, javascript, JsonPatch, typescript } from 'projen';

// Placeholders: set these before publishing (see CONTRIBUTING.md).
const PUBLISHING = {
  repository: 'https://github.com/your-organization/cdk-elasticache-service-linked-role',
  author: 'your-organization',
  authorEmail: 'opensource@example.com',
  maven: { javaPackage: 'com.example.cdk.elasticache.servicelinkedrole', mavenGroupId: 'com.example', mavenArtifactId: 'cdk-elasticache-service-linked-role' },
  pypi: { distName: 'cdk-elasticache-service-linked-role', module: 'cdk_elasticache_service_linked_role' },
  nuget: { dotNetNamespace: 'Example.Cdk.ElastiCache.ServiceLinkedRole', packageId: 'Example.Cdk.ElastiCache.ServiceLinkedRole' },
  go: { moduleName: 'github.com/your-organization/cdk-elasticache-service-linked-role-go', packageName: 'elasticacheservicelinkedrole' },
};

// The lowest aws-cdk-lib whose newest Node.js runtime is 22 in every Region; the library is developed against it.
const FLOOR = { cdkVersion: '2.230.0', constructsVersion: '10.0.5' };
const CDK_NAG_VERSION = '2.37.55'; // the newest that accepts the lowest constructs

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-elasticache-service-linked-role',
  description: 'The service-linked role of Amazon ElastiCache as an AWS CDK construct that tolerates an existing role',
  keywords: ['aws', 'cdk', 'awscdk', 'aws-cdk', 'elasticache', 'iam', 'service-linked-role'],
  repositoryUrl: PUBLISHING.repository,
  author: PUBLISHING.author,
  authorAddress: PUBLISHING.authorEmail,
  license: 'Apache-2.0',
  defaultReleaseBranch: 'main',
  majorVersion: 0,
  stability: 'experimental', // until `npm run verify` has passed on an AWS account

  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.16.0',
  workflowNodeVersion: '24',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  ...FLOOR,
  devDeps: [
    '@aws-cdk/aws-elasticache-alpha@2.235.1-alpha.0',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-ec2',
    '@aws-sdk/client-elasticache',
    '@aws-sdk/client-iam',
    '@aws-sdk/client-sts',
    '@hpcc-js/wasm-graphviz',
    '@types/aws-lambda',
    '@stryker-mutator/core@^9.6.1',
    '@stryker-mutator/jest-runner@^9.6.1',
    'aws-cdk',
    `cdk-nag@${CDK_NAG_VERSION}`,
    'esbuild',
    'expect@^30',
    'fast-check',
    'jsii-pacmak',
    'pyright',
    'tsx',
    'upsert-slr@1.0.6', // to migrate from in a test
  ],

  projenrcTs: true,
  runner: typescript.TypeScriptRunner.tsx(),
  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    // `npm test` counts what the summary says; a junit file and coverage formats have no reader here.
    junitReporting: false,
    jestConfig: {
      coverageReporters: ['text-summary', 'json-summary'],
      collectCoverageFrom: ['src/**/*.ts'],
      coverageThreshold: { branches: 100, lines: 100, statements: 100 },
      coverageProvider: 'babel', // v8 reports lines of the handler as missed that the tests run
      testMatch: ['<rootDir>/@(test|verify)/**/*.test.ts'],
      moduleNameMapper: { '^cdk-elasticache-service-linked-role$': '<rootDir>/src' },
      testPathIgnorePatterns: ['/node_modules/', 'nag-plugin'], // nag-plugin requires cdk-nag 3: see test:newest
    },
  },
  eslintOptions: { dirs: ['src'], devdirs: ['test', 'local-aws', 'templates', 'examples', 'scripts', 'bench', 'verify'] },
  // The examples import the package as its users do.
  tsconfigDev: { include: ['examples', 'local-aws', 'scripts', 'templates', 'verify'].map((folder) => `../${folder}/**/*.ts`), compilerOptions: { paths: { 'cdk-elasticache-service-linked-role': ['../src'] } } },
  // The handler runs in Lambda. It is bundled, and not part of the jsii API.
  excludeTypescript: ['src/handler/**'],
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  integrationTestAutoDiscover: false,

  githubOptions: { mergify: false },
  buildWorkflowOptions: { mutableBuild: false }, // so the build needs no write permission
  depsUpgrade: false, // Dependabot opens the pull requests
  dependabot: true,
  pullRequestTemplateContents: [
    '## What and why', '', '', '## How it was checked', '',
    '- [ ] a test fails without the change', '- [ ] README, docs, and API.md are updated', '- [ ] `npx projen` leaves no diff, and `npm test` passes',
  ],
  npmTrustedPublishing: true,
  npmProvenance: true,
  publishToMaven: PUBLISHING.maven,
  publishToPypi: PUBLISHING.pypi,
  publishToNuget: PUBLISHING.nuget,
  publishToGo: PUBLISHING.go,

  gitignore: ['.venv/', 'cdk.out/', '/bench/.build/', '__pycache__/', '.DS_Store'],
});

// The first alpha is of a newer CDK than the floor, and works with it.
project.package.addField('overrides', { '@aws-cdk/aws-elasticache-alpha': { 'aws-cdk-lib': '$aws-cdk-lib' } });

// jsii-pacmak adds no classifier for the licence itself.
project.tryFindObjectFile('package.json')?.addOverride('jsii.targets.python.classifiers', ['License :: OSI Approved :: Apache Software License']);

// Source maps would be two thirds of what an app loads, and the compiled code reads like its source.
for (const option of ['inlineSourceMap', 'inlineSources']) {
  project.tsconfig?.file.addOverride(`compilerOptions.${option}`, false);
}

for (const folder of ['examples', 'local-aws', 'scripts', 'templates', 'verify']) {
  new javascript.TypescriptConfig(project, {
    fileName: `${folder}/tsconfig.json`,
    extends: javascript.TypescriptConfigExtends.fromPaths(['../test/tsconfig.json']),
    include: ['**/*.ts'],
    compilerOptions: { rootDir: '..', noEmit: true },
  });
}

// The benchmarks use the packed package as its users do, beside its peers, from a package of their own.
new javascript.TypescriptConfig(project, {
  fileName: 'bench/tsconfig.json',
  extends: javascript.TypescriptConfigExtends.fromPaths(['../test/tsconfig.json']),
  include: ['**/*.ts'],
  exclude: ['node_modules', '.build'],
  compilerOptions: { rootDir: '..', noEmit: true, paths: {} },
});
project.eslint?.addOverride({
  files: ['bench/**'],
  // What is loaded, and when, is what they measure; and only `npm run bench` installs their package.
  rules: { '@typescript-eslint/no-require-imports': 'off', 'import/no-unresolved': 'off', 'import/no-extraneous-dependencies': 'off' },
});

// The handler: type-checked by a tsconfig of its own, then bundled into src/private/handler-code.ts, which the library imports.
new javascript.TypescriptConfig(project, {
  fileName: 'src/handler/tsconfig.json',
  include: ['**/*.ts', '../private/custom-resource-contract.ts', '../private/role-identity.ts'],
  extends: javascript.TypescriptConfigExtends.fromPaths(['../../test/tsconfig.json']),
  compilerOptions: { rootDir: '..', noEmit: true },
});
project.eslint?.addOverride({
  files: ['examples/**', 'scripts/**', 'templates/**', 'test/package/languages/**'],
  rules: { 'import/no-unresolved': ['error', { ignore: [`^${project.name}$`] }] },
});
project.eslint?.addOverride({ files: ['src/handler/**'], rules: { 'import/no-extraneous-dependencies': 'off', '@typescript-eslint/no-require-imports': 'off' } });
const bundle = project.addTask('bundle', {
  description: 'Bundle the Lambda handler into src/private/handler-code.ts',
  steps: [{ exec: 'tsc --project src/handler/tsconfig.json' }, { exec: 'tsx scripts/bundle-handler.ts' }],
});
project.preCompileTask.spawn(bundle);
project.testTask.prependSpawn(bundle);
project.testTask.exec('tsc --noEmit --project test/tsconfig.json');
project.testTask.env('JSII_DEPRECATED', 'fail');

// The build fails if a sample of the README or the API reference does not compile.
project.postCompileTask.exec('jsii-rosetta extract --strict --compile --output .jsii.tabl.json .jsii');
project.addGitIgnore('/.jsii.tabl.json');
project.addGitIgnore('/src/private/handler-code.ts');

project.addTask('demo', {
  description: 'Deploy the example with the CDK CLI to a local AWS, and print each step',
  steps: [{ spawn: bundle.name }, { exec: 'tsx scripts/demo.ts' }],
});
const template = project.addTask('template', {
  description: 'Generate templates/ from the construct, for deployments without CDK',
  exec: 'tsx --tsconfig scripts/tsconfig.json scripts/make-template.ts',
});
project.postCompileTask.spawn(template);
project.addTask('simulate:organization', {
  description: 'Deploy the template to 1, 10, and 100 accounts of a local AWS, check each outcome, and write docs/maintaining/scale.md',
  steps: [{ spawn: bundle.name }, { spawn: template.name }, { exec: 'tsx --tsconfig scripts/tsconfig.json scripts/simulate-organization.ts', receiveArgs: true }],
});
project.addTask('docs:verified', {
  description: 'Write docs/maintaining/verified.md for the facts, until they were observed on an account',
  exec: 'tsx --tsconfig verify/tsconfig.json verify/write-page.ts',
});
project.addTask('verify', {
  description: 'Observe what the docs state of AWS: on the local AWS, or with `-- --account N --region R` on an account',
  env: { NODE_NO_WARNINGS: '1' },
  steps: [{ spawn: bundle.name }, { exec: 'tsx --tsconfig verify/tsconfig.json verify/main.ts', receiveArgs: true }],
});
project.postCompileTask.spawn(project.addTask('check:package', {
  description: 'Check the package that would be published against the rules of Construct Hub',
  exec: 'tsx scripts/check-package.ts',
}));

project.addTask('docs:diagrams', {
  description: 'Draw docs/diagrams/*.dot as SVG',
  exec: 'tsx scripts/draw-diagrams.ts',
});
const nightlyTests = [
  project.addTask('test:interleavings', {
    description: 'Explore every interleaving of the larger accounts, too: minutes',
    env: { WORLDS: 'large', NODE_OPTIONS: '--max-old-space-size=6144' },
    steps: [{ spawn: bundle.name }, { exec: 'jest test/model/interleavings --coverage=false' }],
  }),
  project.addTask('test:schedules', {
    description: 'Run 100,000 random schedules of each kind (or as many as SCHEDULES states), which takes half an hour. SEED repeats a run',
    env: { RANDOM_SCHEDULES: 'true' },
    steps: [{ spawn: bundle.name }, { exec: 'jest test/model/schedules --coverage=false' }],
  }),
];
project.addTask('bench', {
  description: 'Measure this package and its alternatives, and write docs/maintaining/benchmarks.md, which takes 15 minutes',
  env: { NODE_NO_WARNINGS: '1' },
  steps: [
    { spawn: bundle.name },
    { spawn: project.compileTask.name },
    { exec: 'npm ci --prefix bench --no-audit --no-fund' },
    { exec: 'mkdir -p bench/.build && npm pack --silent --pack-destination bench/.build' },
    { exec: `npm install --prefix bench --no-save --no-audit --no-fund bench/.build/${project.name}-0.0.0.tgz` },
    { exec: 'tsc --project bench/tsconfig.json' },
    { exec: 'tsx --tsconfig bench/tsconfig.json bench/main.ts', receiveArgs: true },
  ],
});
project.addTask('test:runtimes', {
  description: 'Run the bundled handler over real connections on the Node.js versions that Lambda has',
  steps: [{ spawn: bundle.name }, ...['22', '24'].map((version) => (
    { exec: `npx --yes --package node@${version} -c "node node_modules/jest/bin/jest.js test/handler/http --coverage=false"` }
  ))],
});
project.addTask('test:mutants', { description: 'Mutate the source, and check that the unit tests fail', exec: 'stryker run' });
project.addTask('test:languages', {
  description: 'Install the package into an app of each language, with the lowest and the newest aws-cdk-lib, and compare what it synthesizes with TypeScript',
  exec: 'tsx --tsconfig scripts/tsconfig.json scripts/test-languages.ts',
  receiveArgs: true,
});
project.addTask('test:flags', {
  description: 'Run the tests that synthesize with the feature flags that `cdk init` sets',
  env: { CDK_CONTEXT_JSON: '$(cat node_modules/aws-cdk-lib/recommended-feature-flags.json)', JSII_DEPRECATED: 'fail' },
  steps: [{ spawn: bundle.name }, { exec: 'jest --coverage=false test/service-linked-role test/private test/model/edits test/package/examples test/package/nag' }],
});
project.addTask('test:floor', {
  description: 'Run the unit tests against the lowest aws-cdk-lib and constructs that the package allows, in a copy of this folder',
  exec: `scripts/test-with-cdk.sh ${FLOOR.cdkVersion} ${FLOOR.constructsVersion} ${CDK_NAG_VERSION}`,
});
project.addTask('test:newest', {
  description: 'Run the unit tests against the newest aws-cdk-lib and constructs, in a copy of this folder',
  exec: 'scripts/test-with-cdk.sh latest latest latest',
});

for (const path of ['/examples/', '/local-aws/', '/templates/*.ts', '/templates/tsconfig.json', '/docs/', '/bench/', '/scripts/', '/verify/', '/rosetta/', '/.ci/', '/CONTRIBUTING.md', '/stryker.config.json']) {
  project.addPackageIgnore(path);
}

// Finds a new CDK that breaks the library within a day.
if (project.github) {
  const versions = new github.GithubWorkflow(project.github, 'versions');
  versions.on({ schedule: [{ cron: '17 4 * * *' }], workflowDispatch: {} });
  const setUp = [github.WorkflowSteps.checkout(), { uses: 'actions/setup-node', with: { 'node-version': '24' } }, { run: 'npm ci' }];
  const job = (...steps: github.workflows.JobStep[]) =>
    ({ runsOn: ['ubuntu-latest'], permissions: { contents: github.workflows.JobPermission.READ }, steps: [...setUp, ...steps] });
  versions.addJobs({
    floor: job({ run: 'npx projen test:floor' }),
    newest: job({ run: 'npx projen test:newest' }),
    dotnet: job({ uses: 'actions/setup-dotnet', with: { 'dotnet-version': '10.x' } }, { run: 'npx projen test:languages dotnet' }),
    ...Object.fromEntries(nightlyTests.map(({ name }) => [name.replace(':', '-'), job({ run: `npx projen ${name}` })])),
    audit: job({ run: 'npm audit --audit-level=high' }),
  });
}

// Started by hand, and approved in the protected environment `verify`: it deletes the account's role, and creates it again.
if (project.github) {
  const verify = new github.GithubWorkflow(project.github, 'verify', { limitConcurrency: true, concurrencyOptions: { group: 'verify', cancelInProgress: false } });
  verify.on({
    workflowDispatch: {
      inputs: {
        may_delete_role: { description: 'Whether an existing role may be deleted and created again', type: 'boolean', default: 'false' },
      },
    },
  });
  verify.addJob('verify', {
    runsOn: ['ubuntu-latest'],
    environment: 'verify',
    permissions: { contents: github.workflows.JobPermission.READ, idToken: github.workflows.JobPermission.WRITE },
    timeoutMinutes: 235,
    steps: [
      github.WorkflowSteps.checkout(),
      { uses: 'actions/setup-node', with: { 'node-version': '24' } },
      { run: 'npm ci' },
      {
        uses: 'aws-actions/configure-aws-credentials',
        with: { 'role-to-assume': '${{ vars.VERIFY_ROLE_ARN }}', 'aws-region': '${{ vars.VERIFY_REGION }}', 'role-duration-seconds': 14400 },
      },
      {
        run: 'npm run verify -- --account "$ACCOUNT" --region "$AWS_REGION" $MAY_DELETE_ROLE',
        env: { ACCOUNT: '${{ vars.VERIFY_ACCOUNT }}', MAY_DELETE_ROLE: "${{ inputs.may_delete_role && '--may-delete-role' || '' }}" },
      },
      github.WorkflowSteps.uploadArtifact({ if: 'always()', with: { name: 'verified', path: 'docs/maintaining/verified.*' } }),
    ],
  });
}

// Actions are pinned to commits: a tag can be moved.
for (const [action, commit] of Object.entries({
  'aws-actions/configure-aws-credentials': 'e6de054238d6b7531b4efff3b6587d9aade6a06c', // v6.2.3
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020', // v7.0.0
  'actions/setup-go': 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e', // v7.0.0
  'actions/setup-java': 'b6effb05e454b25005698d916606bdc6ffcbf961', // v5.7.0
  'actions/setup-python': '5fda3b95a4ea91299a34e894583c3862153e4b97', // v7.0.0
  'actions/setup-dotnet': 'a98b56852c35b8e3190ac28c8c2271da59106c68', // v6.0.0
})) {
  project.github?.actions.set(action, `${action}@${commit}`);
}
// jsii-pacmak generates a go.mod for Go 1.25, and .NET 6 is past its end of life.
for (const [workflow, jobs] of Object.entries({
  build: { go: 'package-go', dotnet: 'package-dotnet' },
  release: { go: 'release_golang', dotnet: 'release_nuget' },
})) {
  project.tryFindObjectFile(`.github/workflows/${workflow}.yml`)?.patch(
    JsonPatch.replace(`/jobs/${jobs.go}/steps/1/with/go-version`, '^1.25.0'),
    JsonPatch.replace(`/jobs/${jobs.dotnet}/steps/1/with/dotnet-version`, '10.x'),
  );
}
// publib's default is the same, and no file here names a registry.
project.tryFindObjectFile('.github/workflows/release.yml')?.patch(JsonPatch.remove('/jobs/release_npm/steps/9/env/NPM_REGISTRY'));
project.tryFindObjectFile('.github/workflows/build.yml')?.patch(JsonPatch.replace('/jobs/build/permissions/contents', 'read'));

project.synth();
