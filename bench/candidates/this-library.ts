import { RemovalPolicy } from 'aws-cdk-lib';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';
import type { Declare } from './candidate';

export const declare: Declare = (stack, { description, destroy } = {}) => {
  const role = new ElastiCacheServiceLinkedRole(stack, 'Role', { description, ...destroy && { removalPolicy: RemovalPolicy.DESTROY } });
  return { output: role.roleArn };
};
