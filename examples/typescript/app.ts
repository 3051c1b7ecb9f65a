import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRolePermissions } from 'cdk-elasticache-service-linked-role';

const app = new App();
const propagationDelay = Duration.seconds(10); // 60 s by default; shorter for the demo
const synthesizer = new BootstraplessSynthesizer(); // no stack has an asset

// The platform declares the role. The service uses it, too, so it is retained when a stack is deleted, which is the default.
const platform = new Stack(app, 'Platform', { synthesizer });
const role = new ElastiCacheServiceLinkedRole(platform, 'Role', { description: 'ElastiCache of the platform', propagationDelay });
const cache = new CfnServerlessCache(platform, 'Cache', { engine: 'valkey', serverlessCacheName: 'platform' });
cache.node.addDependency(role);
new CfnOutput(platform, 'RoleArn', { value: role.roleArn });

// The principal that deploys the services can create the role.
const deployRole = new iam.Role(platform, 'DeployRole', { roleName: 'deploy', assumedBy: new iam.AccountRootPrincipal() });
new ElastiCacheServiceLinkedRolePermissions(platform, 'Permissions', { create: [deployRole] });

// A service declares the role as well, and adopts it. It need not know whether the account has a platform.
const service = new Stack(app, 'Service', { synthesizer });
const serviceCache = new CfnServerlessCache(service, 'Cache', { engine: 'valkey', serverlessCacheName: 'service' });
serviceCache.node.addDependency(new ElastiCacheServiceLinkedRole(service, 'Role', { propagationDelay }));
app.synth();
