import { App, Aspects, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  ElastiCacheServiceLinkedRole,
  ElastiCacheServiceLinkedRoleGrants,
  ElastiCacheServiceLinkedRolePermissions,
  ElastiCacheServiceLinkedRoleStatements,
  EnsureElastiCacheServiceLinkedRole,
} from 'cdk-elasticache-service-linked-role';

const app = new App();

// Declares the role. Whoever deploys may create it, administrators may delete it.
const platform = new Stack(app, 'Platform');
const role = new ElastiCacheServiceLinkedRole(platform, 'Role', {
  description: 'ElastiCache of the platform, café included',
  removalPolicy: RemovalPolicy.DESTROY,
  propagationDelay: Duration.seconds(30),
});
const deployer = new iam.Role(platform, 'Deployer', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
const administrators = new iam.Group(platform, 'Administrators');
new ElastiCacheServiceLinkedRolePermissions(platform, 'Permissions', {
  create: [deployer],
  delete: [administrators],
  updateDescription: [administrators],
  fullAccess: [administrators],
});
const operator = new iam.User(platform, 'Operator');
role.grants.create(operator);
role.grants.delete(operator).assertSuccess();
role.grants.updateDescription(operator);
new kms.Key(platform, 'Key').grantEncryptDecrypt(role.role);
new CfnOutput(platform, 'RoleArn', { value: role.roleArn });
new CfnOutput(platform, 'RoleName', { value: role.roleName });
new CfnOutput(platform, 'RoleId', { value: role.roleId });
new CfnOutput(platform, 'CreateDate', { value: role.createDate });

// Refers to the role without declaring it, and writes the statements into a policy.
const security = new Stack(app, 'Security');
const accountRole = ElastiCacheServiceLinkedRole.fromAccount(security, 'Role');
new CfnOutput(security, 'RoleArn', { value: accountRole.roleArn });
new CfnOutput(security, 'PermissionsPolicyArn', { value: accountRole.permissionsPolicy.managedPolicyArn });
const boundary = new iam.ManagedPolicy(security, 'Boundary', {
  statements: [
    ...ElastiCacheServiceLinkedRoleStatements.create(),
    ...ElastiCacheServiceLinkedRoleStatements.delete(),
    ...ElastiCacheServiceLinkedRoleStatements.updateDescription(),
  ],
});
const auditor = new iam.Role(security, 'Auditor', { assumedBy: new iam.AccountRootPrincipal(), permissionsBoundary: boundary });
ElastiCacheServiceLinkedRoleGrants.fromAccount(security).updateDescription(auditor);

// Has a cache, and leaves the role to the aspect.
const service = new Stack(app, 'Service');
new CfnServerlessCache(service, 'Cache', { engine: 'valkey', serverlessCacheName: 'service' });
Aspects.of(service).add(new EnsureElastiCacheServiceLinkedRole({ description: 'ElastiCache of the service' }));

// Has another, which waits for the role of the platform.
const worker = new Stack(app, 'Worker');
new CfnServerlessCache(worker, 'Cache', { engine: 'valkey', serverlessCacheName: 'worker' });
Aspects.of(worker).add(new EnsureElastiCacheServiceLinkedRole({ role }));

app.synth();
