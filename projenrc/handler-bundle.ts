import { type awscdk, javascript } from 'projen';

/** Type-checks the handler and bundles it into src/private/handler-code.ts, which the library imports. */
export function bundleHandler(project: awscdk.AwsCdkConstructLibrary) {
  new javascript.TypescriptConfig(project, {
    fileName: 'src/handler/tsconfig.json',
    include: ['**/*.ts', '../private/custom-resource-contract.ts', '../private/role-identity.ts'],
    extends: javascript.TypescriptConfigExtends.fromPaths(['../../test/tsconfig.json']),
    compilerOptions: { rootDir: '..', noEmit: true },
  });
  const bundle = project.addTask('bundle', {
    description: 'Bundle the Lambda handler into src/private/handler-code.ts',
    steps: [{ exec: 'tsc --project src/handler/tsconfig.json' }, { exec: 'tsx scripts/bundle-handler.ts' }],
  });
  project.preCompileTask.spawn(bundle);
  project.testTask.prependSpawn(bundle);
  project.addGitIgnore('/src/private/handler-code.ts');
}
