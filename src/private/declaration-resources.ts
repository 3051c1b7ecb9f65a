import { ArnFormat, CfnResource, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CUSTOM_RESOURCE_RUNTIME_FAMILY, CUSTOM_RESOURCE_SINGLETON_LOG_GROUP } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { DELETING_POLICIES, RESOURCE_TYPE, type RoleProperties } from './custom-resource-contract';
import { type DeclarationProps, seconds } from './declaration-props';
import { HANDLER_CODE } from './handler-code';
import { formatRoleArn } from './role-arn';
import { ROLE_NAME, SERVICE_PRINCIPAL } from './role-identity';

/** Set, not derived from the path: a renamed or moved construct keeps its resources. CloudFormation rejects an update that changes the ServiceToken. */
const LOGICAL_ID = 'CustomElastiCacheServiceLinkedRole';

/** Lambda's maximum. The longest propagation delay is 10 minutes, and a deletion can take minutes, too. */
const HANDLER_TIMEOUT = Duration.minutes(15);

/** If the function never runs, it cannot respond. Slightly longer than the function's time-out. */
const SERVICE_TIMEOUT = Duration.minutes(16);

/** Creates the four resources of a declaration as children of the scope. Returns the custom resource. */
export function createDeclarationResources(scope: Construct, props: DeclarationProps): CfnResource {
  const customResource = new CustomResource(scope, 'Resource', {
    resourceType: RESOURCE_TYPE,
    serviceToken: createHandler(scope, props, logGroupFor(scope, props)).attrArn,
    serviceTimeout: SERVICE_TIMEOUT,
    removalPolicy: props.removalPolicy,
    properties: {
      Description: props.description,
      PropagationDelay: `${seconds(props.propagationDelay)}`,
      RemovalPolicy: props.removalPolicy,
      Trigger: props.trigger,
    } satisfies RoleProperties,
  });
  return withLogicalId(customResource.node.defaultChild as CfnResource, LOGICAL_ID);
}

function canDelete({ removalPolicy }: DeclarationProps): boolean {
  return DELETING_POLICIES.includes(removalPolicy);
}

/** A log group as the function and the policy of its role need it. */
interface HandlerLogGroup {
  readonly name: string;
  /** Of its streams: it ends with `:*`. */
  readonly arn: string;
}

function logGroupFor(scope: Construct, { logGroup }: DeclarationProps): HandlerLogGroup {
  if (!logGroup) {
    const { ref, attrArn } = createLogGroup(scope);
    return { name: ref, arn: attrArn };
  }
  const { logGroupName: name, logGroupArn } = logGroup;
  const stack = Stack.of(scope);
  // The attribute, where there is one: cdk-nag takes the written ARN for a wildcard.
  const isResourceOfStack = logGroup.node.defaultChild !== undefined && Stack.of(logGroup) === stack;
  // Lambda logs to the name in the function's own account and Region, even if an imported log group's ARN has others.
  const arn = stack.formatArn({ service: 'logs', resource: 'log-group', resourceName: `${name}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return { name, arn: isResourceOfStack ? logGroupArn : arn };
}

function createLogGroup(scope: Construct): logs.CfnLogGroup {
  const logGroup = new Construct(scope, 'LogGroup');
  logGroup.node.addMetadata(CUSTOM_RESOURCE_SINGLETON_LOG_GROUP, true);
  // L1s, here and for the function: the L2s load much of aws-cdk-lib for what is set here.
  const resource = new logs.CfnLogGroup(logGroup, 'Resource', { retentionInDays: logs.RetentionDays.TWO_WEEKS });
  resource.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return withLogicalId(resource, `${LOGICAL_ID}HandlerLogGroup`);
}

function createHandler(scope: Construct, props: DeclarationProps, logGroup: HandlerLogGroup): lambda.CfnFunction {
  const handler = new Construct(scope, 'Handler');
  handler.node.addMetadata(CUSTOM_RESOURCE_RUNTIME_FAMILY, lambda.RuntimeFamily.NODEJS);
  const resource = new lambda.CfnFunction(handler, 'Resource', {
    runtime: lambda.Runtime.NODEJS_LATEST.name,
    handler: 'index.handler',
    code: { zipFile: HANDLER_CODE },
    role: createHandlerRole(scope, props, logGroup).roleArn,
    timeout: HANDLER_TIMEOUT.toSeconds(),
    loggingConfig: { logGroup: logGroup.name },
  });
  return withLogicalId(resource, `${LOGICAL_ID}Handler`);
}

/** Allows exactly the calls that the handler makes with these props. */
function createHandlerRole(scope: Construct, props: DeclarationProps, logGroup: HandlerLogGroup): iam.Role {
  const resources = [formatRoleArn(scope)];
  const actions = [
    'iam:GetRole',
    ...props.description === undefined ? [] : ['iam:UpdateRoleDescription'],
    ...canDelete(props) ? ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'] : [],
  ];
  const role = new iam.Role(scope, 'HandlerRole', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Handler: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ actions, resources }),
          // IAM authorizes GetRole for a nonexistent role against the ARN without a path.
          new iam.PolicyStatement({ actions: ['iam:GetRole'], resources: [formatRoleArn(scope, ROLE_NAME)] }),
          new iam.PolicyStatement({
            actions: ['iam:CreateServiceLinkedRole'],
            resources,
            conditions: { StringLike: { 'iam:AWSServiceName': SERVICE_PRINCIPAL } },
          }),
          new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.arn] }),
        ],
      }),
    },
  });
  const resource = role.node.defaultChild as CfnResource | undefined; // Role.customizeRoles creates none
  resource?.overrideLogicalId(`${LOGICAL_ID}HandlerRole`);
  return role;
}

function withLogicalId<T extends CfnResource>(resource: T, logicalId: string): T {
  resource.overrideLogicalId(logicalId);
  return resource;
}
