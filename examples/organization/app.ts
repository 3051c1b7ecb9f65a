import { App, BootstraplessSynthesizer, CfnParameter, CfnStackSet, Stack } from 'aws-cdk-lib';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

// The stack of each account. It has no assets, so no account needs a bootstrap. Without a description, existing roles keep theirs.
const accountApp = new App();
const account = new Stack(accountApp, 'Account', { synthesizer: new BootstraplessSynthesizer() });
new ElastiCacheServiceLinkedRole(account, 'Role');

// The stack of the management account or of a delegated administrator of StackSets. CfnStackSet contains the template inline. The library
// cdk-stacksets would upload it to the bootstrap bucket of this account, which every target account would need access to.
const app = new App();
const stack = new Stack(app, 'Organization', { synthesizer: new BootstraplessSynthesizer() });
const organizationalUnits = new CfnParameter(stack, 'OrganizationalUnits', { type: 'CommaDelimitedList', description: 'IDs of organizational units or of the root' });
// It deploys to every account of the units except the management account, which service-managed stack sets never reach.
new CfnStackSet(stack, 'StackSet', {
  stackSetName: 'elasticache-service-linked-role',
  permissionModel: 'SERVICE_MANAGED',
  callAs: 'SELF', // DELEGATED_ADMIN from a delegated administrator
  capabilities: ['CAPABILITY_IAM'],
  templateBody: JSON.stringify(accountApp.synth().getStackByName(account.stackName).template),
  // Accounts that join get the role. Accounts that leave keep it.
  autoDeployment: { enabled: true, retainStacksOnAccountRemoval: true },
  // IAM is global, so one Region per account is enough.
  stackInstancesGroup: [{ regions: [stack.region], deploymentTargets: { organizationalUnitIds: organizationalUnits.valueAsList } }],
  // The strict mode would limit the number of concurrent accounts to the failure tolerance plus one.
  operationPreferences: { maxConcurrentPercentage: 100, failureTolerancePercentage: 10, concurrencyMode: 'SOFT_FAILURE_TOLERANCE' },
  managedExecution: { Active: true },
});
app.synth();
