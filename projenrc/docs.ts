import type { awscdk } from 'projen';

/** Checks the samples and the pages, and writes the pages and templates that are generated. */
export function addDocs(project: awscdk.AwsCdkConstructLibrary) {
  project.tasks.tryFind('docgen')!.reset('tsx --tsconfig scripts/tsconfig.json scripts/write-api.ts');

  // The build fails if a sample of the README or the API reference does not compile.
  project.postCompileTask.exec('jsii-rosetta extract --strict --compile --output .jsii.tabl.json .jsii');
  project.addGitIgnore('/.jsii.tabl.json');

  // Links to files and headings, and the length of lines, of all pages but the generated API.md.
  project.addDevDeps('remark-cli', 'remark-gfm', 'remark-lint-maximum-line-length', 'remark-validate-links');
  project.package.addField('remarkConfig', {
    plugins: ['remark-gfm', ['remark-lint-maximum-line-length', 120], ['remark-validate-links', { repository: project.package.manifest.repository.url }]],
  });
  project.addTask('test:docs', {
    description: 'Check the links and the length of lines of the pages',
    exec: 'remark --frail --quiet --no-stdout --ignore-path .gitignore --ignore-pattern API.md . .github',
  });

  const template = project.addTask('template', {
    description: 'Generate templates/ from the construct, for deployments without CDK',
    exec: 'tsx --tsconfig scripts/tsconfig.json scripts/make-template.ts',
  });
  project.postCompileTask.spawn(template);

  project.addTask('simulate:concurrency', {
    description: 'Print how many stacks can be deployed at once to an account with ten concurrent executions',
    exec: 'tsx scripts/simulate-concurrency.ts',
  });
}
