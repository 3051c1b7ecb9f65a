import type { awscdk } from 'projen';
import { JEST } from './jest';

/** The tests whose result can depend on aws-cdk-lib and on feature flags. */
const SYNTHESIZING = ['service-linked-role', 'private', 'model/edits', 'package/examples', 'package/compliance', 'package/operations']
  .map((path) => `test/${path}`).join(' ');

/** The tests that take minutes, so that `npm test` takes two. */
const LONG = ['test/deployments/operations', 'test/deployments/releases', 'test/package/release', 'test/package/publisher'];

/** The tasks that run the package: tests, demo, verification, and benchmarks. */
export function addChecks(project: awscdk.AwsCdkConstructLibrary) {
  project.addDevDeps('concurrently@^9'); // the last that runs on Node.js 20
  project.testTask.reset();
  project.testTask.spawn(project.tasks.tryFind('bundle')!);
  // The linter and the compiler run beside the deployments to the local AWS, which mostly wait.
  project.testTask.exec('concurrently --prefix none --group --passthrough-arguments '
    + `"jest --testPathIgnorePatterns ${[...JEST.jestConfig!.testPathIgnorePatterns!, ...LONG].join(' ')} `
    + '--reporters=default --reporters=./scripts/report-long-tests.cjs --coverage --ci {@}" '
    + '"projen eslint" "tsc --noEmit --project test/tsconfig.json" "projen test:docs" --', { receiveArgs: true });
  project.testTask.env('JSII_DEPRECATED', 'fail');

  project.postCompileTask.spawn(project.addTask('check:package', {
    description: 'Check the package that would be published against the rules of Construct Hub',
    exec: 'tsx scripts/check-package.ts',
  }));
  project.addTask('demo', {
    description: 'Deploy the example with the CDK CLI to a local AWS, and print each step',
    steps: [{ spawn: 'bundle' }, { exec: 'tsx scripts/demo.ts' }],
  });
  project.addTask('verify', {
    description: 'Observe what the docs state of AWS: on the local AWS, or with `-- --account N --region R` on an account',
    env: { NODE_NO_WARNINGS: '1' },
    steps: [{ spawn: 'bundle' }, { exec: 'tsx --tsconfig verify/tsconfig.json verify/main.ts', receiveArgs: true }],
  });
  project.addTask('bench', {
    description: 'Measure this package and its alternatives, and write docs/maintaining/benchmarks.md, which takes 15 minutes',
    env: { NODE_NO_WARNINGS: '1' },
    steps: [
      { spawn: 'bundle' },
      { spawn: project.compileTask.name },
      { exec: 'npm ci --prefix bench --no-audit --no-fund' },
      { exec: 'mkdir -p bench/.build && npm pack --silent --pack-destination bench/.build' },
      { exec: `npm install --prefix bench --no-save --no-audit --no-fund bench/.build/${project.name}-0.0.0.tgz` },
      { exec: 'tsc --project bench/tsconfig.json' },
      // What is measured, one file to one file, so that no process loads TypeScript.
      {
        exec: `esbuild ${['apps', 'candidates', 'measured'].map((folder) => `bench/${folder}/*.ts`).join(' ')} `
        + '--outbase=bench --outdir=bench/.build --platform=node --format=cjs --target=node20 --log-level=warning',
      },
      { exec: 'tsx --tsconfig bench/tsconfig.json bench/main.ts', receiveArgs: true },
    ],
  });

  project.addTask('test:operations', {
    description: 'Run the tests that take minutes: of operations on deployed stacks, of upgrades from each release, and of releases',
    steps: [{ spawn: 'bundle' }, { exec: `jest ${LONG.join(' ')}`, receiveArgs: true }],
  });
  project.addTask('test:interleavings', {
    description: 'Explore every interleaving of the larger accounts, too: minutes',
    env: { WORLDS: 'large', NODE_OPTIONS: '--max-old-space-size=6144' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest test/model/interleavings' }],
  });
  project.addTask('test:schedules', {
    description: 'Run 100,000 random schedules of each kind (or as many as SCHEDULES states), which takes half an hour. SEED repeats a run',
    env: { RANDOM_SCHEDULES: 'true' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest test/model/schedules' }],
  });
  project.addTask('test:mutants', { description: 'Mutate the source, and check that the unit tests fail', exec: 'stryker run' });
  project.addTask('test:runtimes', {
    description: 'Run the bundled handler over real connections on the Node.js versions that Lambda has',
    steps: [{ spawn: 'bundle' }, ...['22', '24'].map((version) => (
      { exec: `npx --yes --package node@${version} -c "node node_modules/jest/bin/jest.js test/handler/http"` }
    ))],
  });
  project.addTask('test:languages', {
    description: 'Install the package into an app of each language, with the lowest and the newest aws-cdk-lib, and compare what it synthesizes with TypeScript',
    steps: [
      { spawn: project.preCompileTask.name },
      { spawn: project.compileTask.name },
      { exec: 'jest --testPathIgnorePatterns=/node_modules/ --maxConcurrency=10 test/package/languages', receiveArgs: true },
    ],
  });
  project.addTask('test:flags', {
    description: 'Run the tests that synthesize with the feature flags that `cdk init` sets',
    env: { CDK_CONTEXT_JSON: '$(cat node_modules/aws-cdk-lib/recommended-feature-flags.json)', JSII_DEPRECATED: 'fail' },
    steps: [{ spawn: 'bundle' }, { exec: `jest ${SYNTHESIZING}` }],
  });
  project.addTask('test:newest', {
    description: 'Run the tests that synthesize with the newest aws-cdk-lib and constructs, in a copy of this folder',
    steps: [{ spawn: 'bundle' }, { exec: `scripts/test-newest.sh ${SYNTHESIZING}` }],
  });
}
