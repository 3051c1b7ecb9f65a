import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const app = new App();
const stack = new Stack(app, 'Key');

// A key policy that names a role which does not exist is refused, so the key comes after the role.
const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
key.grantEncryptDecrypt(role.role);
app.synth();
