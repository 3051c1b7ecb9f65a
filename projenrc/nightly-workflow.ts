import { type awscdk, github } from 'projen';

/** Runs every day what takes long, and what can break without a commit: a new CDK, for example. */
export function addNightlyWorkflow(project: awscdk.AwsCdkConstructLibrary) {
  const workflow = new github.GithubWorkflow(project.github!, 'versions');
  workflow.on({ schedule: [{ cron: '17 4 * * *' }], workflowDispatch: {} });
  const setUp = [github.WorkflowSteps.checkout(), { uses: 'actions/setup-node', with: { 'node-version': '24' } }, { run: 'npm ci' }];
  const job = (...steps: github.workflows.JobStep[]) =>
    ({ runsOn: ['ubuntu-latest'], permissions: { contents: github.workflows.JobPermission.READ }, steps: [...setUp, ...steps] });
  workflow.addJobs({
    'newest': job({ run: 'npx projen test:newest' }),
    'dotnet': job({ uses: 'actions/setup-dotnet', with: { 'dotnet-version': '10.x' } }, { run: 'npx projen test:languages -t dotnet' }),
    'test-operations': job({ run: 'npx projen test:operations' }),
    'test-interleavings': job({ run: 'npx projen test:interleavings' }),
    'test-schedules': job({ run: 'npx projen test:schedules' }),
    'rehearse-release': job(
      { uses: 'actions/setup-dotnet', with: { 'dotnet-version': '10.x' } },
      { uses: 'actions/setup-go', with: { 'go-version': '^1.25.0', 'cache': false } },
      { run: 'npx projen rehearse:release' },
      { if: 'failure()', run: 'tail -n 100 /tmp/rehearsal.log' },
    ),
    'workflows': job({ run: 'go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12' }),
    'audit': job({ run: 'npm audit --audit-level=high' }),
  });
}
