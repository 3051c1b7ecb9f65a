import { ServiceLinkedRole } from 'upsert-slr';
import type { Declare } from './candidate';

export const declare: Declare = (scope, { description } = {}) => {
  new ServiceLinkedRole(scope, 'Role', { awsServiceName: 'elasticache.amazonaws.com', description });
  return undefined; // it has no attributes
};
