import { type awscdk, github } from 'projen';
import { TOOLS } from './adjusted-workflows';

const { READ, WRITE } = github.workflows.JobPermission;
const NODE = { node: { version: '24' } };
const SET_UP = [github.WorkflowSteps.checkout(), { run: 'npm ci' }];

/** Runs every day what takes long, and what can break without a commit: a new CDK, for example. */
export function addNightlyWorkflow(project: awscdk.AwsCdkConstructLibrary) {
  const workflow = new github.GithubWorkflow(project.github!, 'versions');
  workflow.on({ schedule: [{ cron: '17 4 * * *' }], workflowDispatch: {} });
  const job = (run: string, tools: github.workflows.Tools = {}) =>
    ({ runsOn: ['ubuntu-latest'], permissions: { contents: READ }, tools: { ...NODE, ...tools }, steps: [...SET_UP, { run }] });
  workflow.addJobs({
    'newest': job('npx projen test:newest'),
    'dotnet': job('npx projen test:languages -t dotnet', { dotnet: TOOLS.dotnet }),
    'test-operations': job('npx projen test:operations'),
    'test-interleavings': job('npx projen test:interleavings'),
    'test-schedules': job('npx projen test:schedules'),
    'rehearse-release': job('npx projen rehearse:release', TOOLS),
    'workflows': job('go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'),
    'audit': job('npm audit --audit-level=high'),
  });
}

/** Started by hand, and approved in the protected environment `verify`: it deletes the account's role, and creates it again. */
export function addVerificationWorkflow(project: awscdk.AwsCdkConstructLibrary) {
  const workflow = new github.GithubWorkflow(project.github!, 'verify', { limitConcurrency: true, concurrencyOptions: { group: 'verify' } });
  workflow.on({
    workflowDispatch: {
      inputs: {
        may_delete_role: { description: 'Whether an existing role may be deleted and created again', type: 'boolean', default: 'false' },
      },
    },
  });
  workflow.addJob('verify', {
    runsOn: ['ubuntu-latest'],
    environment: 'verify',
    permissions: { contents: READ, idToken: WRITE },
    timeoutMinutes: 235,
    tools: NODE,
    steps: [
      ...SET_UP,
      {
        uses: 'aws-actions/configure-aws-credentials',
        with: { 'role-to-assume': '${{ vars.VERIFY_ROLE_ARN }}', 'aws-region': '${{ vars.VERIFY_REGION }}', 'role-duration-seconds': 14400 },
      },
      {
        run: 'npm run verify -- --account "$ACCOUNT" --region "$AWS_REGION" $MAY_DELETE_ROLE',
        env: { ACCOUNT: '${{ vars.VERIFY_ACCOUNT }}', MAY_DELETE_ROLE: "${{ inputs.may_delete_role && '--may-delete-role' || '' }}" },
      },
      github.WorkflowSteps.uploadArtifact({ if: 'always()', with: { name: 'verified', path: 'docs/maintaining/verified.*' } }),
    ],
  });
}
