import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const app = new App();
const stack = new Stack(app, 'Cache');

// Where applications may not make roles: the function runs as a role made elsewhere. `cdk synth` writes what that role needs into
// iam-policy-report.txt.
iam.Role.customizeRoles(stack, {
  usePrecreatedRoles: { 'Cache/Custom::ElastiCacheServiceLinkedRole/HandlerRole': 'elasticache-service-linked-role-handler' },
});
new ElastiCacheServiceLinkedRole(stack, 'Role');
app.synth();
