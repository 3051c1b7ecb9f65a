import { App, BootstraplessSynthesizer, CfnParameter, CfnStackSet, Stack } from 'aws-cdk-lib';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

// What each account gets. It is a template of its own, without assets, so no account needs a bootstrap.
const accountApp = new App();
const account = new Stack(accountApp, 'Account', { synthesizer: new BootstraplessSynthesizer() });
new ElastiCacheServiceLinkedRole(account, 'Role', { description: 'ElastiCache, rolled out by the platform' });

// Deployed to the management account or to a delegated administrator of StackSets. CfnStackSet takes the template inline; the library cdk-stacksets
// would upload it to the bootstrap bucket of this account, and every target account would have to be let in there.
const app = new App();
const stack = new Stack(app, 'Organization', { synthesizer: new BootstraplessSynthesizer() });
const organizationalUnits = new CfnParameter(stack, 'OrganizationalUnits', { type: 'CommaDelimitedList', description: 'Ids of organizational units or of the root' });
new CfnStackSet(stack, 'StackSet', {
  stackSetName: 'elasticache-service-linked-role',
  permissionModel: 'SERVICE_MANAGED',
  callAs: 'SELF', // DELEGATED_ADMIN from a delegated administrator
  capabilities: ['CAPABILITY_IAM'],
  templateBody: JSON.stringify(accountApp.synth().getStackByName(account.stackName).template),
  // Accounts that join get the role, those that leave keep it.
  autoDeployment: { enabled: true, retainStacksOnAccountRemoval: true },
  // IAM is global: one Region an account is enough.
  stackInstancesGroup: [{ regions: [stack.region], deploymentTargets: { organizationalUnitIds: organizationalUnits.valueAsList } }],
  // The strict mode would let no more accounts run at once than may fail.
  operationPreferences: { maxConcurrentPercentage: 100, failureTolerancePercentage: 10, concurrencyMode: 'SOFT_FAILURE_TOLERANCE' },
  managedExecution: { Active: true },
});
app.synth();
