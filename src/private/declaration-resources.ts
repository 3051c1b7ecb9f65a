import { ArnFormat, Aws, CfnResource, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DELETING_POLICIES, RESOURCE_TYPE, type RoleProperties } from './custom-resource-contract';
import { type DeclarationProps, seconds } from './declaration-props';
import { HANDLER_CODE } from './handler-code';
import { formatRoleArn } from './role-arn';
import { ROLE_NAME, SERVICE_PRINCIPAL } from './role-identity';

/**
 * The logical ID of the first custom resource of a stack, with which all others start. Set, not derived from the path: a renamed or moved
 * construct keeps its resources. CloudFormation rejects an update that changes the ServiceToken.
 */
const LOGICAL_ID = 'CustomElastiCacheServiceLinkedRole';

/** Lambda's maximum. The longest propagation delay is 10 minutes, and a deletion can take minutes, too. All limits: docs/how-it-works.md. */
const HANDLER_TIMEOUT = Duration.minutes(15);

/** If the function never runs, it cannot respond. Slightly longer than the function's time-out. */
const SERVICE_TIMEOUT = Duration.minutes(16);

/** What CustomResourceConfig looks for. The constants of aws-cdk-lib/custom-resources, which would load more than this package does. */
const CUSTOM_RESOURCE_METADATA = {
  runtimeFamily: 'aws:cdk:is-custom-resource-handler-runtime-family',
  singletonLogGroup: 'aws:cdk:is-custom-resource-handler-logGroup',
};

/** How the custom resource of a declaration is related to the others of its stack. */
interface Position {
  /** Counts the declarations of the stack, from 1. */
  readonly number: number;
  readonly serviceToken: string;
  /** The custom resource that is deployed before this one. Read when the template is created. */
  previous(): CfnResource | undefined;
}

/** Creates the custom resource of a declaration. The first one of a stack creates and removes the role, so the others retain it. */
export function createCustomResource(scope: Construct, props: DeclarationProps, { number, serviceToken, previous }: Position): CfnResource {
  const removalPolicy = number === 1 ? props.removalPolicy : RemovalPolicy.RETAIN;
  const customResource = new CfnResource(scope, 'Resource', {
    type: RESOURCE_TYPE,
    properties: {
      ServiceToken: serviceToken,
      ServiceTimeout: `${SERVICE_TIMEOUT.toSeconds()}`,
      ...{
        Description: props.description,
        PropagationDelay: `${seconds(props.propagationDelay)}`,
        RemovalPolicy: removalPolicy,
        Trigger: props.trigger,
      } satisfies RoleProperties,
    },
  });
  customResource.applyRemovalPolicy(removalPolicy);
  return asOwnResource(customResource, number === 1 ? '' : `${number}`, previous);
}

/** Creates the function of a stack, its role, and its log group, as children of the scope. */
export function createHandler(scope: Construct, props: DeclarationProps): lambda.CfnFunction {
  const logGroup = logGroupFor(scope, props);
  const handler = new Construct(scope, 'Handler');
  handler.node.addMetadata(CUSTOM_RESOURCE_METADATA.runtimeFamily, lambda.RuntimeFamily.NODEJS);
  const resource = new lambda.CfnFunction(handler, 'Resource', {
    runtime: runtime().name,
    handler: 'index.handler',
    code: { zipFile: HANDLER_CODE },
    role: createHandlerRole(scope, props, logGroup).roleArn,
    timeout: HANDLER_TIMEOUT.toSeconds(),
    memorySize: 128,
    loggingConfig: { logGroup: logGroup.name },
    vpcConfig: props.vpc && vpcConfig(handler, props.vpc, props),
  });
  return asOwnResource(resource, 'Handler');
}

/** The newest Node.js runtime that every Region has. Before 2.259, aws-cdk-lib takes nodejs22.x for it, which Lambda deprecates on 2027-04-30. */
function runtime(): lambda.Runtime {
  const version = ({ name }: lambda.Runtime) => parseInt(name.replace('nodejs', ''));
  const [newer] = [lambda.Runtime.NODEJS_LATEST, lambda.Runtime.NODEJS_24_X].sort((one, other) => version(other) - version(one));
  return newer;
}

/** AWS's managed policy for network interfaces. By its ARN, because Role.customizeRoles rejects one by its name in older versions of aws-cdk-lib. */
function vpcAccess(scope: Construct): iam.IManagedPolicy {
  return iam.ManagedPolicy.fromManagedPolicyArn(scope, 'VpcAccess', `arn:${Aws.PARTITION}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole`);
}

/** As in CDK's provider framework. */
function vpcConfig(handler: Construct, vpc: ec2.IVpc, { vpcSubnets, securityGroups = [] }: DeclarationProps): lambda.CfnFunction.VpcConfigProperty {
  const { subnetIds, internetConnectivityEstablished } = vpc.selectSubnets(vpcSubnets);
  handler.node.addDependency(internetConnectivityEstablished);
  const attached = securityGroups.length > 0 ? securityGroups : [createSecurityGroup(handler, vpc)];
  return { subnetIds, securityGroupIds: attached.map(({ securityGroupId }) => securityGroupId) };
}

function createSecurityGroup(handler: Construct, vpc: ec2.IVpc): ec2.ISecurityGroup {
  // Loaded here, because most stacks give no VPC, and need none of it.
  const { SecurityGroup } = require('aws-cdk-lib/aws-ec2') as typeof ec2; // eslint-disable-line @typescript-eslint/no-require-imports
  const securityGroup = new SecurityGroup(handler, 'SecurityGroup', { vpc, description: 'The function behind Custom::ElastiCacheServiceLinkedRole' });
  asOwnResource(securityGroup.node.defaultChild as CfnResource, 'HandlerSecurityGroup');
  return securityGroup;
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
  logGroup.node.addMetadata(CUSTOM_RESOURCE_METADATA.singletonLogGroup, true);
  // L1s, here and for the function: the L2s, and RetentionDays, load much of aws-cdk-lib for what is set here.
  const resource = new logs.CfnLogGroup(logGroup, 'Resource', { retentionInDays: 14 });
  resource.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return asOwnResource(resource, 'HandlerLogGroup');
}

/** Allows exactly the calls that the handler makes with these props. */
function createHandlerRole(scope: Construct, props: DeclarationProps, logGroup: HandlerLogGroup): iam.Role {
  const resources = [formatRoleArn(scope)];
  const actions = [
    'iam:GetRole',
    ...props.description === undefined ? [] : ['iam:UpdateRoleDescription'],
    ...DELETING_POLICIES.includes(props.removalPolicy) ? ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'] : [],
  ];
  const role = new iam.Role(scope, 'HandlerRole', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    managedPolicies: props.vpc && [vpcAccess(scope)],
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
  if (resource) {
    asOwnResource(resource, 'HandlerRole');
  }
  return role;
}

/**
 * Sets the logical ID, and what the resource is deployed after: what CDK has resolved of the constructs' dependencies, but no declaration.
 * A construct that contains the role can depend on it, and CDK then makes the function wait for the custom resource that needs the function.
 */
function asOwnResource<T extends CfnResource>(resource: T, idSuffix: string, previous = (): CfnResource | undefined => undefined): T {
  resource.overrideLogicalId(`${LOGICAL_ID}${idSuffix}`);
  const dependencies = () => {
    const others = resource.obtainDependencies().filter(CfnResource.isCfnResource)
      .filter((each) => each.stack === resource.stack && each.cfnResourceType !== RESOURCE_TYPE)
      .sort((one, other) => one.node.path.localeCompare(other.node.path));
    const before = previous();
    return before ? [...others, before] : others;
  };
  resource.addOverride('DependsOn', Lazy.list({ produce: () => dependencies().map(({ logicalId }) => logicalId) }, { omitEmpty: true }));
  return resource;
}
