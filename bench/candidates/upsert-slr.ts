import { ServiceLinkedRole } from 'upsert-slr';
import { type Declare, PRINCIPAL } from './candidate';

export const declare: Declare = (stack, { description } = {}) => {
  new ServiceLinkedRole(stack, 'Role', { awsServiceName: PRINCIPAL, description });
  return {};
};
