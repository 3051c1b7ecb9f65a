import { type awscdk, Component, type github } from 'projen';
import { JobPermission } from 'projen/lib/github/workflows-model';

// jsii-pacmak generates a go.mod for Go 1.25, and .NET 6, projen's choice, is past its end of life.
const TOOLS: github.workflows.Tools = { go: { version: '^1.25.0' }, dotnet: { version: '10.x' } };

/** Adjusts what projen writes into the workflows that build and publish the packages. */
export function adjustPublishing(project: awscdk.AwsCdkConstructLibrary) {
  // jsii-pacmak adds no classifier for the license itself.
  project.package.manifest.jsii.targets.python.classifiers = ['License :: OSI Approved :: Apache Software License'];
  for (const path of ['/examples/', '/local-aws/', '/templates/*.ts', '/templates/tsconfig.json', '/docs/', '/bench/', '/scripts/', '/verify/', '/rosetta/', '/.ci/', '/CONTRIBUTING.md', '/stryker.config.json']) {
    project.addPackageIgnore(path);
  }
  new PublishingJobs(project);
}

class PublishingJobs extends Component {
  /** After the component of projen that adds the jobs at this point. */
  public override preSynthesize() {
    const [build, release] = ['build', 'release'].map((name) => this.workflow(name));
    // A build that changes no branch needs no write permission, which projen grants it all the same.
    const buildJob = build.getJob('build') as github.workflows.Job;
    build.updateJob('build', { ...buildJob, permissions: { contents: JobPermission.READ } });
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
