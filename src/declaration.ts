import { type CfnResource, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CUSTOM_RESOURCE_RUNTIME_FAMILY, CUSTOM_RESOURCE_SINGLETON_LOG_GROUP } from 'aws-cdk-lib/custom-resources';
import { Construct, type IConstruct } from 'constructs';
import { ROLE_NAME, type RoleAttributes, type RoleProperties } from './contract';
import { HANDLER_CODE } from './handler-code';
import { FOR_ELASTICACHE, formatRoleArn, ROLE_RESOURCE_NAME } from './statements';

/** What is declared, with every default filled in. */
export interface DeclarationProps {
  readonly description?: string;
  readonly removalPolicy: RemovalPolicy;
  readonly propagationDelay: Duration;
  readonly logGroup?: logs.ILogGroup;
}

type LogDestination = Pick<logs.ILogGroup, 'logGroupName' | 'logGroupArn'>;

const RESOURCE_TYPE = 'Custom::ElastiCacheServiceLinkedRole';

/** Lambda's maximum: the longest delay is 10 minutes, and a deletion can take some. */
const HANDLER_TIMEOUT = Duration.minutes(15);

/** A handler that was never run cannot answer: CloudFormation gives up soon after one that was would have. */
const SERVICE_TIMEOUT = Duration.minutes(16);

/**
 * The four resources, once a stack and at a fixed place: moving or renaming the constructs that stand for them changes nothing deployed.
 *
 * The ids are a contract: CloudFormation refuses an update that changes the logical id behind a ServiceToken.
 */
export class Declaration extends Construct {
  /** The declaration of the scope's stack, if it has one. */
  public static find(scope: IConstruct): Declaration | undefined {
    return Stack.of(scope).node.tryFindChild(RESOURCE_TYPE) as Declaration | undefined;
  }

  /** The declaration of the scope's stack; fails if the stack has one with other props. */
  public static of(scope: IConstruct, props: DeclarationProps, declarer = scope.node.path): Declaration {
    const existing = Declaration.find(scope);
    const difference = existing?.differenceTo(props);
    if (difference) {
      throw new Error(`${declarer} declares the service-linked role with other props than ${existing?.declarer} in the same stack, ${difference}: `
        + 'give both the same, or declare it once and pass it on');
    }
    return existing ?? new Declaration(Stack.of(scope), declarer, props);
  }

  public readonly resource: CfnResource;
  private readonly customResource: CustomResource;

  private constructor(stack: Stack, public readonly declarer: string, private readonly props: DeclarationProps) {
    super(stack, RESOURCE_TYPE);

    this.customResource = new CustomResource(this, 'Resource', {
      resourceType: RESOURCE_TYPE,
      serviceToken: this.createHandler().attrArn,
      serviceTimeout: SERVICE_TIMEOUT,
      removalPolicy: props.removalPolicy,
      properties: {
        Description: props.description,
        PropagationDelay: `${seconds(props.propagationDelay)}`,
        DeleteRole: `${this.mayDelete}`,
      } satisfies RoleProperties,
    });
    this.resource = this.customResource.node.defaultChild as CfnResource;
  }

  public attribute(name: keyof RoleAttributes): string {
    return this.customResource.getAttString(name);
  }

  private get mayDelete(): boolean {
    return this.props.removalPolicy !== RemovalPolicy.RETAIN;
  }

  /** The first prop that is not the same, with both values. */
  private differenceTo(props: DeclarationProps): string | undefined {
    const resolve = (value: unknown) => JSON.stringify(Stack.of(this).resolve(value));
    const comparable = ({ description, removalPolicy, propagationDelay, logGroup }: DeclarationProps): Record<string, string | undefined> => ({
      description: resolve(description),
      removalPolicy,
      propagationDelay: `${resolve(seconds(propagationDelay))} s`,
      logGroup: logGroup?.node.path,
    });
    const [own, other] = [comparable(this.props), comparable(props)];
    const name = Object.keys(own).find((key) => own[key] !== other[key]);
    return name && `${name} ${other[name] ?? 'not given'} instead of ${own[name] ?? 'not given'}`;
  }

  private createHandler(): lambda.CfnFunction {
    const logGroup = this.props.logGroup ?? this.createLogGroup();
    const handler = new Construct(this, 'Handler');
    handler.node.addMetadata(CUSTOM_RESOURCE_RUNTIME_FAMILY, lambda.RuntimeFamily.NODEJS);
    // An L1, as the log group is: the L2s would load much of aws-cdk-lib for what is set here.
    return new lambda.CfnFunction(handler, 'Resource', {
      runtime: lambda.Runtime.NODEJS_LATEST.name,
      handler: 'index.handler',
      code: { zipFile: HANDLER_CODE },
      role: this.createRole(logGroup).roleArn,
      timeout: HANDLER_TIMEOUT.toSeconds(),
      loggingConfig: { logGroup: logGroup.logGroupName },
    });
  }

  private createLogGroup(): LogDestination {
    const logGroup = new Construct(this, 'LogGroup');
    logGroup.node.addMetadata(CUSTOM_RESOURCE_SINGLETON_LOG_GROUP, true);
    const resource = new logs.CfnLogGroup(logGroup, 'Resource', { retentionInDays: 14 });
    resource.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return { logGroupName: resource.ref, logGroupArn: resource.attrArn };
  }

  /** Allows the calls that the handler makes with these props, and no other. */
  private createRole(logGroup: LogDestination): iam.Role {
    const resources = [formatRoleArn(this, ROLE_RESOURCE_NAME)];
    const actions = [
      'iam:GetRole',
      ...this.props.description === undefined ? [] : ['iam:UpdateRoleDescription'],
      ...this.mayDelete ? ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'] : [],
    ];
    return new iam.Role(this, 'HandlerRole', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Handler: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions, resources }),
            // Where there is no role, IAM knows no path of it; and a role at another path is to be told by its ARN.
            new iam.PolicyStatement({ actions: ['iam:GetRole'], resources: [formatRoleArn(this, ROLE_NAME)] }),
            new iam.PolicyStatement({ actions: ['iam:CreateServiceLinkedRole'], resources, conditions: FOR_ELASTICACHE }),
            new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
          ],
        }),
      },
    });
  }
}

function seconds(duration: Duration): number {
  return duration.toSeconds({ integral: false });
}
