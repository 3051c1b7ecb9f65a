import { type awscdk, github } from 'projen';

/** Started by hand, and approved in the protected environment `verify`: it deletes the account's role, and creates it again. */
export function addVerificationWorkflow(project: awscdk.AwsCdkConstructLibrary) {
  const workflow = new github.GithubWorkflow(project.github!, 'verify', {
    limitConcurrency: true,
    concurrencyOptions: { group: 'verify', cancelInProgress: false },
  });
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
    permissions: { contents: github.workflows.JobPermission.READ, idToken: github.workflows.JobPermission.WRITE },
    timeoutMinutes: 235,
    steps: [
      github.WorkflowSteps.checkout(),
      { uses: 'actions/setup-node', with: { 'node-version': '24' } },
      { run: 'npm ci' },
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
