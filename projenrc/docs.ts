import type { awscdk } from 'projen';

/** Checks the samples, and writes the pages and templates that are generated. */
export function addDocs(project: awscdk.AwsCdkConstructLibrary) {
  project.tasks.tryFind('docgen')!.reset('tsx --tsconfig scripts/tsconfig.json scripts/write-api.ts');

  // The build fails if a sample of the README or the API reference does not compile.
  project.postCompileTask.exec('jsii-rosetta extract --strict --compile --output .jsii.tabl.json .jsii');
  project.addGitIgnore('/.jsii.tabl.json');

  const template = project.addTask('template', {
    description: 'Generate templates/ from the construct, for deployments without CDK',
    exec: 'tsx --tsconfig scripts/tsconfig.json scripts/make-template.ts',
  });
  project.postCompileTask.spawn(template);

  project.addTask('docs:verified', {
    description: 'Write docs/maintaining/verified.md for the facts, until they were observed on an account',
    exec: 'tsx --tsconfig verify/tsconfig.json verify/write-page.ts',
  });
  project.addTask('simulate:organization', {
    description: 'Deploy the template to 1, 10, and 100 accounts of a local AWS, check each outcome, and write docs/maintaining/scale.md',
    steps: [{ spawn: 'bundle' }, { spawn: template.name }, { exec: 'tsx --tsconfig scripts/tsconfig.json scripts/simulate-organization.ts', receiveArgs: true }],
  });
}
