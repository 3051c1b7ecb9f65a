import { type Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, Dependable, type IDependable } from 'constructs';
import type { RoleAttributes } from './private/custom-resource-contract';
import { declarationProps } from './private/declaration-props';
import { formatRoleArn } from './private/role-arn';
import { ROLE_NAME } from './private/role-identity';
import { declare } from './private/stack-declarations';
import { ElastiCacheServiceLinkedRoleGrants } from './service-linked-role-grants';

/**
 * The account's service-linked role for ElastiCache, declared by this app or only referred to.
 *
 * Use it as a dependency, as the grantee in a resource policy, and to grant other principals permissions on the role.
 */
export interface IElastiCacheServiceLinkedRole extends IDependable, iam.IGrantable {
  /**
   * The ARN of the role.
   *
   * @attribute
   */
  readonly roleArn: string;

  /**
   * The name of the role, `AWSServiceRoleForElastiCache`.
   *
   * @attribute
   */
  readonly roleName: string;

  /**
   * Grants other principals permissions to create the role, to delete it, and to update its description.
   */
  readonly grants: ElastiCacheServiceLinkedRoleGrants;
}

/**
 * Properties for `ElastiCacheServiceLinkedRole`.
 */
export interface ElastiCacheServiceLinkedRoleProps {
  /**
   * The description of the role, set even if the role already exists.
   *
   * At most 1,000 characters: tab, line feed, carriage return, U+0020 to U+007E, and U+00A1 to U+00FF.
   *
   * @default - an existing role keeps its description, and a new role gets none
   */
  readonly description?: string;

  /**
   * What happens to the role when the declaration is removed from the stack, or the stack is deleted.
   *
   * With `DESTROY`, CloudFormation deletes the role if this stack created it. With `RETAIN_ON_UPDATE_OR_DELETE`, it does so only if
   * the deployment that adds the construct rolls back. A role that the stack adopted is never deleted. `SNAPSHOT` is an error.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The minimum age of the role before dependent resources are deployed, from 0 to 10 minutes.
   *
   * A deployment waits only for the remaining time, so an old role costs no wait.
   *
   * @default Duration.seconds(60)
   */
  readonly propagationDelay?: Duration;

  /**
   * The log group of the function behind the custom resource.
   *
   * Lambda uses its name in the function's account and Region, where it must exist.
   *
   * @default - a new log group, which keeps events for two weeks and is deleted with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Checks the role again when the value changes, and creates it if it was deleted.
   *
   * CloudFormation calls a custom resource only when a property changes. Use a date or a version: `new Date().toISOString()` checks the
   * role in every deployment, but changes every diff and every snapshot, too.
   *
   * @default - the role is checked when another property changes
   */
  readonly trigger?: string;

  /**
   * The VPC that the function behind the custom resource runs in.
   *
   * The function has to reach IAM and the URL of the response, which is in Amazon S3. If it reaches them by VPC endpoints of the same stack,
   * make this construct depend on them.
   *
   * @default - the function runs in no VPC
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of `vpc` that the function runs in. They must not be public, where a function cannot reach the internet.
   *
   * @default - the private subnets of the VPC with a route to the internet, or else its isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function in `vpc`.
   *
   * @default - a new security group that allows all outbound traffic
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * Declares the service-linked role of ElastiCache.
 *
 * After a deployment the role exists, has the requested description, and is old enough to be used. It may exist before, and other stacks
 * may create it at the same time. CloudFormation deletes it only if `removalPolicy` requests that and this stack created it.
 *
 * To deploy a resource after the role is ready, refer to an attribute of this construct or call `node.addDependency(role)` on the resource.
 *
 * Each construct deploys a custom resource. All constructs in a stack use one function, which the first one holds, and need the same props.
 *
 * Throws if a prop is out of bounds, or if another construct in the stack has other props.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html
 */
export class ElastiCacheServiceLinkedRole extends Construct implements IElastiCacheServiceLinkedRole {
  /**
   * Refers to the account's role without declaring it. Nothing checks that the role exists.
   *
   * @param scope the scope of the reference
   * @param id the id of the reference
   */
  public static fromAccount(scope: Construct, id: string): IElastiCacheServiceLinkedRole {
    return new AccountRole(scope, id);
  }

  /**
   * The ARN of the role.
   *
   * @attribute
   */
  public readonly roleArn: string;

  /**
   * The name of the role, `AWSServiceRoleForElastiCache`.
   *
   * @attribute
   */
  public readonly roleName: string;

  /**
   * The unique ID of the role, such as `AROA1234567890EXAMPLE`.
   *
   * @attribute
   */
  public readonly roleId: string;

  /**
   * When the role was created, in ISO 8601.
   *
   * @attribute
   */
  public readonly createDate: string;

  /**
   * The role as a principal, for resource policies. It has no identity policy that CDK could change.
   */
  public readonly grantPrincipal: iam.IPrincipal;

  /**
   * Grants other principals permissions to create the role, to delete it, and to update its description.
   */
  public readonly grants: ElastiCacheServiceLinkedRoleGrants;

  /**
   * @param scope the scope of the construct
   * @param id the id of the construct
   * @param props how the role is declared
   */
  constructor(scope: Construct, id: string, props: ElastiCacheServiceLinkedRoleProps = {}) {
    super(scope, id);

    const customResource = declare(this, declarationProps(this.node.path, props));
    const attribute = (name: keyof RoleAttributes) => customResource.getAtt(name).toString();

    this.roleArn = attribute('RoleArn');
    this.roleName = attribute('RoleName');
    this.roleId = attribute('RoleId');
    this.createDate = attribute('CreateDate');
    this.grantPrincipal = new iam.ArnPrincipal(this.roleArn);
    this.grants = ElastiCacheServiceLinkedRoleGrants._of(this);

    this.node.defaultChild = customResource;
    Dependable.implement(this, { dependencyRoots: [customResource] });
  }
}

class AccountRole extends Construct implements IElastiCacheServiceLinkedRole {
  public readonly roleName = ROLE_NAME;
  public readonly roleArn = formatRoleArn(this);
  public readonly grantPrincipal = new iam.ArnPrincipal(this.roleArn);
  public readonly grants = ElastiCacheServiceLinkedRoleGrants._of(this);
}
