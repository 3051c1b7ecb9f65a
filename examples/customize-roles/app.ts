import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const app = new App();
const stack = new Stack(app, 'Cache');

// For environments where applications cannot create roles: the function uses a role that another team created.
// `cdk synth` writes the permissions that this role needs to iam-policy-report.txt.
iam.Role.customizeRoles(stack, {
  usePrecreatedRoles: { 'Cache/Role/HandlerRole': 'elasticache-service-linked-role-handler' },
});
new ElastiCacheServiceLinkedRole(stack, 'Role');
app.synth();
