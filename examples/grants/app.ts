import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnPermissionSet } from 'aws-cdk-lib/aws-sso';
import { ElastiCacheServiceLinkedRolePermissions, ElastiCacheServiceLinkedRoleStatements } from 'cdk-elasticache-service-linked-role';

const app = new App();
const stack = new Stack(app, 'Permissions');

// A pipeline that deploys caches: it may create the role where it is missing. Those on call may delete it and edit its description too.
const pipeline = new iam.Role(stack, 'Pipeline', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
const onCall = new iam.Group(stack, 'OnCall');
new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', {
  create: [pipeline, onCall],
  delete: [onCall],
  updateDescription: [onCall],
});

// A permission set of IAM Identity Center is no grantee: it takes a document.
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
