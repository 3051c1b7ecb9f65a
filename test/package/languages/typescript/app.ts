import { App, Aspects, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  ElastiCacheServiceLinkedRole,
  ElastiCacheServiceLinkedRolePermissions,
  ElastiCacheServiceLinkedRoleStatements,
  EnsureElastiCacheServiceLinkedRole,
  type IElastiCacheServiceLinkedRole,
} from 'cdk-elasticache-service-linked-role';
import { Construct } from 'constructs';

const app = new App();

// Set the props, and use the attributes.
const platform = new Stack(app, 'Platform');
const platformRole = new ElastiCacheServiceLinkedRole(platform, 'Role', {
  description: 'ElastiCache of the platform, café included',
  removalPolicy: RemovalPolicy.DESTROY,
  propagationDelay: Duration.seconds(30),
  trigger: 'first',
});
new CfnOutput(platform, 'RoleId', { value: platformRole.roleId });
new CfnOutput(platform, 'CreateDate', { value: platformRole.createDate });

// Take the role as a parameter: as a dependency, as the grantee of a key, and to grant permissions on it.
class EncryptedCache extends Construct {
  constructor(scope: Construct, id: string, role: IElastiCacheServiceLinkedRole) {
    super(scope, id);
    const key = new kms.Key(this, 'Key');
    key.grantDecrypt(role);
    const cache = new CfnServerlessCache(this, 'Cache', { engine: 'valkey', serverlessCacheName: id, kmsKeyId: key.keyArn });
    cache.node.addDependency(role);
    role.grants.updateDescription(new iam.User(this, 'Operator')).assertSuccess();
    new CfnOutput(this, 'Principal', { value: `${role.roleName} ${role.roleArn}` });
  }
}

// Declare the role and deploy a cache after it, or refer to the account's role without declaring it.
const service = new Stack(app, 'Service');
new EncryptedCache(service, 'Declared', new ElastiCacheServiceLinkedRole(service, 'Role'));
new EncryptedCache(service, 'Referred', ElastiCacheServiceLinkedRole.fromAccount(service, 'AccountRole'));

// Leave the role to the aspect, in every stack that has an ElastiCache resource.
const worker = new Stack(app, 'Worker');
new CfnServerlessCache(worker, 'Cache', { engine: 'valkey', serverlessCacheName: 'worker' });
Aspects.of(worker).add(new EnsureElastiCacheServiceLinkedRole({ description: 'ElastiCache of the worker' }));

// Grant others permissions on the role. The statements are for what is not a grantee.
const security = new Stack(app, 'Security');
new iam.ManagedPolicy(security, 'Boundary', {
  statements: [
    ...ElastiCacheServiceLinkedRoleStatements.create(),
    ...ElastiCacheServiceLinkedRoleStatements.delete(),
    ...ElastiCacheServiceLinkedRoleStatements.updateDescription(),
  ],
});
const administrators = new iam.Group(security, 'Administrators');
new ElastiCacheServiceLinkedRolePermissions(security, 'Permissions', {
  create: [administrators, iam.Role.fromRoleName(security, 'Imported', 'pipeline')],
  delete: [administrators],
  updateDescription: [administrators],
});

// Props out of bounds are an error.
try {
  new ElastiCacheServiceLinkedRole(new Stack(), 'Role', { propagationDelay: Duration.minutes(11) });
} catch (error) {
  console.log((error as Error).message);
}

app.synth();
