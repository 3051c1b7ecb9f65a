import { CfnServiceLinkedRole } from 'aws-cdk-lib/aws-iam';
import { type Declare, PRINCIPAL } from './candidate';

export const declare: Declare = (stack, { description } = {}) => {
  const role = new CfnServiceLinkedRole(stack, 'Role', { awsServiceName: PRINCIPAL, description });
  return { output: role.attrRoleName };
};
