import { CfnServiceLinkedRole } from 'aws-cdk-lib/aws-iam';
import type { Declare } from './candidate';

export const declare: Declare = (scope, { description } = {}) =>
  new CfnServiceLinkedRole(scope, 'Role', { awsServiceName: 'elasticache.amazonaws.com', description }).attrRoleName;
