import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnPermissionSet } from 'aws-cdk-lib/aws-sso';
import { ElastiCacheServiceLinkedRolePermissions, ElastiCacheServiceLinkedRoleStatements } from 'cdk-elasticache-service-linked-role';

const app = new App();
const stack = new Stack(app, 'Permissions');

// The pipeline that deploys caches can create the role. Engineers on call can also delete it and update its description.
const pipeline = new iam.Role(stack, 'Pipeline', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
const onCall = new iam.Group(stack, 'OnCall');
new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', {
  create: [pipeline, onCall],
  delete: [onCall],
  updateDescription: [onCall],
});

// A permission set of IAM Identity Center is not a grantee. It accepts a policy document.
const instance = new CfnParameter(stack, 'IdentityCenterInstanceArn');
new CfnPermissionSet(stack, 'CacheAdministrator', {
  instanceArn: instance.valueAsString,
  name: 'CacheAdministrator',
  inlinePolicy: new iam.PolicyDocument({
    statements: [
      ...ElastiCacheServiceLinkedRoleStatements.create(),
      ...ElastiCacheServiceLinkedRoleStatements.delete(),
      ...ElastiCacheServiceLinkedRoleStatements.updateDescription(),
    ],
  }),
});
app.synth();
