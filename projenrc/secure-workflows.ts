import { type awscdk, Component, github } from 'projen';

const { READ, WRITE } = github.workflows.JobPermission;

/** Takes away what projen lets its workflows do and they need not. zizmor checks the result: see test/package/workflows. */
export function secureWorkflows(project: awscdk.AwsCdkConstructLibrary) {
  // Reads only a title, so it does without the rights that `pull_request_target` gives to pull requests from forks.
  project.github?.tryFindWorkflow('pull-request-lint')?.on({
    pullRequest: { types: ['opened', 'reopened', 'edited', 'synchronize'] },
    pullRequestTarget: undefined,
  });
  new LeastPrivileges(project);
}

class LeastPrivileges extends Component {
  /** After the components of projen that add jobs at this point. */
  public override preSynthesize() {
    for (const workflow of this.project.components) {
      if (workflow instanceof github.GithubWorkflow) {
        for (const [name, job] of Object.entries(workflow.jobs)) {
          if ('steps' in job) workflow.updateJob(name, restrict(name, job));
        }
      }
    }
  }
}

/** Only the job that creates the GitHub release writes to the repository, and with a token of its own. */
function restrict(name: string, job: github.workflows.Job): github.workflows.Job {
  const { contents, pullRequests, ...permissions } = job.permissions;
  // projen renders some steps only now.
  const steps = typeof job.steps === 'function' ? (job.steps as () => github.workflows.JobStep[])() : job.steps;
  return {
    ...job,
    permissions: { ...permissions, contents: contents && (name === 'release_github' ? WRITE : READ), pullRequests: pullRequests && READ },
    steps: steps.map((step) => step.uses?.startsWith('actions/checkout@') ? { ...step, with: { ...step.with, 'persist-credentials': false } } : step),
  };
}
