import type { awscdk } from 'projen';

/** The tasks that run the package: tests, demo, verification, and benchmarks. */
export function addChecks(project: awscdk.AwsCdkConstructLibrary, floor: Readonly<Record<'cdkVersion' | 'constructsVersion' | 'cdkNagVersion', string>>) {
  project.testTask.exec('tsc --noEmit --project test/tsconfig.json');
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
      { exec: 'tsx --tsconfig bench/tsconfig.json bench/main.ts', receiveArgs: true },
    ],
  });

  project.addTask('test:interleavings', {
    description: 'Explore every interleaving of the larger accounts, too: minutes',
    env: { WORLDS: 'large', NODE_OPTIONS: '--max-old-space-size=6144' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest test/model/interleavings --coverage=false' }],
  });
  project.addTask('test:schedules', {
    description: 'Run 100,000 random schedules of each kind (or as many as SCHEDULES states), which takes half an hour. SEED repeats a run',
    env: { RANDOM_SCHEDULES: 'true' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest test/model/schedules --coverage=false' }],
  });
  project.addTask('test:mutants', { description: 'Mutate the source, and check that the unit tests fail', exec: 'stryker run' });
  project.addTask('test:runtimes', {
    description: 'Run the bundled handler over real connections on the Node.js versions that Lambda has',
    steps: [{ spawn: 'bundle' }, ...['22', '24'].map((version) => (
      { exec: `npx --yes --package node@${version} -c "node node_modules/jest/bin/jest.js test/handler/http --coverage=false"` }
    ))],
  });
  project.addTask('test:languages', {
    description: 'Install the package into an app of each language, with the lowest and the newest aws-cdk-lib, and compare what it synthesizes with TypeScript',
    exec: 'tsx --tsconfig scripts/tsconfig.json scripts/test-languages.ts',
    receiveArgs: true,
  });
  project.addTask('test:flags', {
    description: 'Run the tests that synthesize with the feature flags that `cdk init` sets',
    env: { CDK_CONTEXT_JSON: '$(cat node_modules/aws-cdk-lib/recommended-feature-flags.json)', JSII_DEPRECATED: 'fail' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest --coverage=false test/service-linked-role test/private test/model/edits test/package/examples test/package/nag' }],
  });
  project.addTask('test:floor', {
    description: 'Run the unit tests against the lowest aws-cdk-lib and constructs that the package allows, in a copy of this folder',
    exec: `scripts/test-with-cdk.sh ${floor.cdkVersion} ${floor.constructsVersion} ${floor.cdkNagVersion}`,
  });
  project.addTask('test:newest', {
    description: 'Run the unit tests against the newest aws-cdk-lib and constructs, in a copy of this folder',
    exec: 'scripts/test-with-cdk.sh latest latest latest',
  });
}
