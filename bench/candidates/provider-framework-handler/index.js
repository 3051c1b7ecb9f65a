const { CreateServiceLinkedRoleCommand, IAMClient } = require('@aws-sdk/client-iam');

exports.handler = async ({ RequestType, ResourceProperties }) => {
  if (RequestType === 'Create') {
    try {
      await new IAMClient().send(new CreateServiceLinkedRoleCommand({ AWSServiceName: ResourceProperties.serviceName }));
    } catch (error) {
      if (error.name !== 'InvalidInputException') throw error;
    }
  }
  return {};
};
