import { type awscdk, Component, type github, ReleasableCommits } from 'projen';

/** How projen finds the version of a release and publishes it. */
export const RELEASES = {
  // Until version 1, `feat:` and `fix:` raise the patch version, and a breaking change the minor version.
  nextVersionCommand: 'node -p "process.env.VERSION === \'0.0.0\' ? \'0.1.0\' : \'\'"',
  releasableCommits: ReleasableCommits.featuresAndFixes(),
  compat: true, // skipped as long as npm has no version to compare with
  jsiiReleaseVersion: '0.2.1061', // of publib
  npmTrustedPublishing: true,
  npmProvenance: true,
};

// jsii-pacmak generates a go.mod for Go 1.25, and .NET 6, projen's choice, is past its end of life.
const TOOLS: github.workflows.Tools = { go: { version: '^1.25.0' }, dotnet: { version: '10.x' } };

/** Adjusts what projen writes into the workflows that build and publish the packages. */
export function adjustPublishing(project: awscdk.AwsCdkConstructLibrary) {
  // jsii-pacmak adds no classifier for the license itself.
  project.package.manifest.jsii.targets.python.classifiers = ['License :: OSI Approved :: Apache Software License'];
  for (const path of ['/examples/', '/local-aws/', '/templates/*.ts', '/templates/tsconfig.json', '/docs/', '/bench/', '/scripts/', '/verify/', '/rosetta/', '/.ci/', '/CONTRIBUTING.md', '/stryker.config.json']) {
    project.addPackageIgnore(path);
  }
  // A breaking change of an experimental API fails, too, unless .compatignore names it.
  project.tasks.tryFind('compat')!.env('JSII_DIFF_ERROR_ON', 'all');
  // The first release has changed nothing: its changelog starts with what the package does.
  project.tasks.tryFind('bump')!.exec('tsx scripts/introduce-first-release.ts', { condition: 'grep -qx 0.1.0 dist/version.txt' });
  new PublishingJobs(project);
}

class PublishingJobs extends Component {
  /** After the component of projen that adds the jobs at this point. */
  public override preSynthesize() {
    const [build, release] = ['build', 'release'].map((name) => this.workflow(name));
    setTools(build, 'package-go', 'go');
    setTools(build, 'package-dotnet', 'dotnet');
    setTools(release, 'release_golang', 'go');
    setTools(release, 'release_nuget', 'dotnet');

    // publib's default is the same, and no file here names a registry.
    const { NPM_REGISTRY, ...env } = release.getStep('release_npm', 'release').env ?? {};
    if (!NPM_REGISTRY) throw new Error('projen no longer writes NPM_REGISTRY: delete this');
    release.patchStep('release_npm', 'release', { env });
  }

  private workflow(name: string): github.GithubWorkflow {
    const workflow = (this.project as awscdk.AwsCdkConstructLibrary).github?.tryFindWorkflow(name);
    if (!workflow) throw new Error(`there is no workflow ${name}`);
    return workflow;
  }
}

function setTools(workflow: github.GithubWorkflow, jobName: string, tool: keyof github.workflows.Tools) {
  const job = workflow.getJob(jobName) as github.workflows.Job | undefined;
  if (!job?.tools?.[tool]) throw new Error(`the job ${jobName} sets up no ${tool}`);
  workflow.updateJob(jobName, { ...job, tools: { ...job.tools, [tool]: TOOLS[tool] } });
}
