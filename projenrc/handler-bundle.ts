import type { awscdk } from 'projen';
import { typeCheck } from './tool-folders';

/** Bundles the handler into src/private/handler-code.ts, which the library imports. The tests import the handler, so it is type-checked with them. */
export function bundleHandler(project: awscdk.AwsCdkConstructLibrary) {
  typeCheck(project, 'src/handler', { include: ['**/*.ts', '../private/custom-resource-contract.ts', '../private/role-identity.ts'] });
  const bundle = project.addTask('bundle', {
    description: 'Bundle the Lambda handler into src/private/handler-code.ts',
    exec: 'tsx scripts/bundle-handler.ts',
  });
  project.preCompileTask.spawn(bundle);
  project.addGitIgnore('/src/private/handler-code.ts');
}
