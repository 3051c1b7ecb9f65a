import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import type { Declare } from './candidate';

/** The recipe that issues and posts pass on: one call, whose error is ignored where the role exists. */
export const declare: Declare = (scope, { description, destroy } = {}) => {
  new AwsCustomResource(scope, 'Role', {
    onCreate: {
      service: 'IAM',
      action: 'CreateServiceLinkedRole',
      parameters: { AWSServiceName: 'elasticache.amazonaws.com', Description: description },
      physicalResourceId: PhysicalResourceId.of('elasticache-service-linked-role'),
      ignoreErrorCodesMatching: 'InvalidInput',
    },
    onDelete: destroy ? { service: 'IAM', action: 'DeleteServiceLinkedRole', parameters: { RoleName: 'AWSServiceRoleForElastiCache' } } : undefined,
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
    installLatestAwsSdk: false,
  });
  return undefined; // with ignored errors, CDK gives no field of the response
};
