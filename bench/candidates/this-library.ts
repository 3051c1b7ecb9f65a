import { RemovalPolicy } from 'aws-cdk-lib';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';
import type { Declare } from './candidate';

export const declare: Declare = (scope, { description, destroy } = {}) =>
  new ElastiCacheServiceLinkedRole(scope, 'Role', { description, ...destroy && { removalPolicy: RemovalPolicy.DESTROY } }).roleArn;
