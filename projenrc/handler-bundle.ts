import { type awscdk, javascript } from 'projen';

/** Bundles the handler into src/private/handler-code.ts, which the library imports. The tests import the handler, so it is type-checked with them. */
export function bundleHandler(project: awscdk.AwsCdkConstructLibrary) {
  new javascript.TypescriptConfig(project, {
    fileName: 'src/handler/tsconfig.json',
    include: ['**/*.ts', '../private/custom-resource-contract.ts', '../private/role-identity.ts'],
    extends: javascript.TypescriptConfigExtends.fromPaths(['../../test/tsconfig.json']),
    compilerOptions: { rootDir: '..', noEmit: true },
  });
  const bundle = project.addTask('bundle', {
    description: 'Bundle the Lambda handler into src/private/handler-code.ts',
    exec: 'tsx scripts/bundle-handler.ts',
  });
  project.preCompileTask.spawn(bundle);
  project.testTask.prependSpawn(bundle);
  project.addGitIgnore('/src/private/handler-code.ts');
}
