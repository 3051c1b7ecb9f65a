import { join } from 'path';
import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { type Declare, PRINCIPAL, ROLE_NAME } from './candidate';

const HANDLER = join(__dirname, 'provider-framework-handler');

/** A small handler behind CDK's provider framework: a leaner version of Data Solutions Framework's, without its bundling, log retention and invoke permission. */
export const declare: Declare = (stack) => {
  const role = new Role(stack, 'HandlerRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({
    actions: ['iam:CreateServiceLinkedRole'],
    resources: [`arn:aws:iam::*:role/aws-service-role/${PRINCIPAL}/${ROLE_NAME}`],
    conditions: { StringLike: { 'iam:AWSServiceName': PRINCIPAL } },
  }));
  const logGroup = new LogGroup(stack, 'Logs', { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY });
  logGroup.grantWrite(role);
  const onEventHandler = new LambdaFunction(stack, 'Handler', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromAsset(HANDLER),
    timeout: Duration.seconds(10),
    role,
    logGroup,
  });
  const { serviceToken } = new Provider(stack, 'Provider', { onEventHandler });
  new CustomResource(stack, 'Role', { serviceToken, properties: { serviceName: PRINCIPAL } });
  return {};
};
