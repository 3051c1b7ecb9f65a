import { type awscdk, Component, github } from 'projen';

const { READ, WRITE } = github.workflows.JobPermission;

/** jsii-pacmak generates a go.mod for Go 1.25, and .NET 6, projen's choice, is past its end of life. */
export const TOOLS: github.workflows.Tools = { go: { version: '^1.25.0' }, dotnet: { version: '10.x' } };

/** Adjusts the jobs of all workflows, and takes away what they need not be allowed. zizmor checks the result: see test/package/workflows. */
export function adjustWorkflows(project: awscdk.AwsCdkConstructLibrary) {
  // Reads only a title, so it does without the rights that `pull_request_target` gives to pull requests from forks.
  project.github!.tryFindWorkflow('pull-request-lint')!.on({
    pullRequest: { types: ['opened', 'reopened', 'edited', 'synchronize'] },
    pullRequestTarget: undefined,
  });
  new AdjustedJobs(project);
}

class AdjustedJobs extends Component {
  /** What projen is known to write, and no job had yet. */
  private readonly missing = new Set(['actions/checkout', 'NPM_REGISTRY', ...Object.keys(TOOLS)]);

  /** After the components of projen that add jobs at this point. */
  public override preSynthesize() {
    for (const workflow of github.GitHub.of(this.project)!.workflows) {
      for (const [name, job] of Object.entries(workflow.jobs)) {
        if ('steps' in job) workflow.updateJob(name, this.adjusted(name, job));
      }
    }
    if (this.missing.size > 0) throw new Error(`projen no longer writes what is adjusted here: ${[...this.missing].join(', ')}`);
  }

  private adjusted(name: string, job: github.workflows.Job): github.workflows.Job {
    const { contents, pullRequests, ...permissions } = job.permissions;
    const tools = Object.entries(job.tools ?? {}).map(([tool, setup]) => {
      const { [tool as keyof typeof TOOLS]: ours = setup } = TOOLS;
      if (ours.version !== setup.version) this.missing.delete(tool); // the workflows here set up ours
      return [tool, ours];
    });
    // projen renders some steps only now.
    const steps = typeof job.steps === 'function' ? (job.steps as () => github.workflows.JobStep[])() : job.steps;
    return {
      ...job,
      // Only the job that creates the GitHub release writes to the repository, and with a token of its own.
      permissions: { ...permissions, contents: contents && (name === 'release_github' ? WRITE : READ), pullRequests: pullRequests && READ },
      tools: Object.fromEntries(tools),
      steps: steps.map((step) => {
        if (step.uses?.startsWith('actions/checkout@')) {
          this.missing.delete('actions/checkout');
          return { ...step, with: { ...step.with, 'persist-credentials': false } };
        }
        // publib's default is the same, and no file here names a registry.
        const { NPM_REGISTRY: registry, ...env } = step.env ?? {};
        if (registry) this.missing.delete('NPM_REGISTRY');
        return { ...step, env: step.env && env };
      }),
    };
  }
}
