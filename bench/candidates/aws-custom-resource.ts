import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { type Declare, PRINCIPAL, ROLE_NAME } from './candidate';

/** The recipe that is passed on in issues and posts: one call, whose error is ignored where the role exists. CDK then gives no field of the answer. */
export const declare: Declare = (stack, { description, destroy } = {}) => {
  new AwsCustomResource(stack, 'Role', {
    onCreate: {
      service: 'IAM',
      action: 'CreateServiceLinkedRole',
      parameters: { AWSServiceName: PRINCIPAL, Description: description },
      physicalResourceId: PhysicalResourceId.of('elasticache-service-linked-role'),
      ignoreErrorCodesMatching: 'InvalidInput',
    },
    onDelete: destroy ? { service: 'IAM', action: 'DeleteServiceLinkedRole', parameters: { RoleName: ROLE_NAME } } : undefined,
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
    installLatestAwsSdk: false,
  });
  return {};
};
