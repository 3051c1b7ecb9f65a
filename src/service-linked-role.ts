import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { ROLE_NAME, ROLE_PATH } from './contract';
import { Declaration, type DeclarationProps } from './declaration';
import { ElastiCacheServiceLinkedRoleGrants } from './grants';
import { formatRoleArn, PERMISSIONS_POLICY_NAME, ROLE_RESOURCE_NAME } from './statements';

/**
 * The service-linked role of ElastiCache, declared by this app or not.
 */
export interface IElastiCacheServiceLinkedRole extends IConstruct {
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
   * The role as a reference, for key policies, bucket policies and whatever else takes a role. Immutable, since only AWS can change the role:
   * what grants it something does so in the resource's policy.
   */
  readonly role: iam.IRole;

  /**
   * The AWS managed policy behind the role, `ElastiCacheServiceRolePolicy`.
   *
   * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ElastiCacheServiceRolePolicy.html
   */
  readonly permissionsPolicy: iam.IManagedPolicy;

  /**
   * Grants others to create the role, to delete it, or to change its description.
   */
  readonly grants: ElastiCacheServiceLinkedRoleGrants;
}

/**
 * How the role is declared.
 */
export interface ElastiCacheServiceLinkedRoleProps {
  /**
   * The description of the role, also of one that exists already. At most 1,000 characters, each of them tab, line feed,
   * carriage return, U+0020 to U+007E or U+00A1 to U+00FF.
   *
   * @default - an existing description is left alone, a new role gets what IAM gives it
   */
  readonly description?: string;

  /**
   * What becomes of the role when the declaration goes.
   *
   * `DESTROY` deletes the role if this very stack made it; an adopted role is never deleted. `RETAIN_ON_UPDATE_OR_DELETE` does so only when
   * the first deployment rolls back. `SNAPSHOT` is an error.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How old the role must be to count as usable, from 0 to 10 minutes. A deployment waits for what is left of it, which is nothing for an old role.
   *
   * @default Duration.seconds(60)
   */
  readonly propagationDelay?: Duration;

  /**
   * Where the handler logs.
   *
   * @default - a log group of its own, which keeps two weeks and is deleted with the stack
   */
  readonly logGroup?: logs.ILogGroup;
}

abstract class ElastiCacheServiceLinkedRoleBase extends Construct implements IElastiCacheServiceLinkedRole {
  public abstract readonly roleArn: string;
  public abstract readonly roleName: string;
  private lazyRole?: iam.IRole;
  private lazyPolicy?: iam.IManagedPolicy;

  public get role(): iam.IRole {
    // Built from the name and not from the ARN, which can be a token whose parts are not known.
    const roleArn = formatRoleArn(this, `${ROLE_PATH.slice(1)}${this.roleName}`);
    return this.lazyRole ??= iam.Role.fromRoleArn(this, 'Role', roleArn, { mutable: false, addGrantsToResources: true });
  }

  public get permissionsPolicy(): iam.IManagedPolicy {
    return this.lazyPolicy ??= iam.ManagedPolicy.fromAwsManagedPolicyName(PERMISSIONS_POLICY_NAME);
  }

  public get grants(): ElastiCacheServiceLinkedRoleGrants {
    return ElastiCacheServiceLinkedRoleGrants.fromAccount(this);
  }
}

/**
 * Declares the service-linked role of ElastiCache: after the deployment it exists, has the description asked for, and is old enough to be used.
 *
 * The role may exist already, or be made by another stack at the same time. It is never deleted unless `removalPolicy` asks for it and
 * this stack made it.
 *
 * The account has one role, so a stack has one declaration: all constructs of this class in a stack stand for the same resources, and must
 * have the same props. To have something deployed after the role is ready, use an attribute of this construct or `node.addDependency(role)`.
 *
 * Throws on a description or propagation delay that is out of bounds, on `RemovalPolicy.SNAPSHOT`, and on a second declaration in the stack with other props.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html
 */
export class ElastiCacheServiceLinkedRole extends ElastiCacheServiceLinkedRoleBase {
  /**
   * The role of the account, referred to and not declared: whether it exists is not checked.
   *
   * @param scope the scope that the reference stands in
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
   * The unique id of the role, such as `AROA1234567890EXAMPLE`.
   *
   * @attribute
   */
  public readonly roleId: string;

  /**
   * When the role was made, in ISO 8601.
   *
   * @attribute
   */
  public readonly createDate: string;

  /**
   * @param scope the scope that the construct stands in; the resources stand in its stack
   * @param id the id of the construct
   * @param props how the role is declared
   */
  constructor(scope: Construct, id: string, props: ElastiCacheServiceLinkedRoleProps = {}) {
    super(scope, id);

    const declaration = Declaration.of(this, declarationProps(props));

    this.roleArn = declaration.attribute('RoleArn');
    this.roleName = declaration.attribute('RoleName');
    this.roleId = declaration.attribute('RoleId');
    this.createDate = declaration.attribute('CreateDate');

    // This construct has no resources of its own: dependencies on it and of it are those of the declaration.
    this.node.defaultChild = declaration.resource;
    Dependable.implement(this, { dependencyRoots: [declaration.resource] });
    const { node } = this;
    declaration.node.addDependency(dependable(() => node.dependencies));
  }
}

/** The role of the account, built from its name. */
class AccountRole extends ElastiCacheServiceLinkedRoleBase {
  public readonly roleName = ROLE_NAME;
  public readonly roleArn = formatRoleArn(this, ROLE_RESOURCE_NAME);
}

/** The props with every default filled in; fails if one is out of bounds. */
export function declarationProps(props: ElastiCacheServiceLinkedRoleProps): DeclarationProps {
  const { removalPolicy = RemovalPolicy.RETAIN, propagationDelay = Duration.seconds(60) } = props;
  validateDescription(props.description);
  validateRemovalPolicy(removalPolicy);
  validatePropagationDelay(propagationDelay);
  return { ...props, removalPolicy, propagationDelay };
}

function dependable(roots: () => IConstruct[]): object {
  const group = {};
  Dependable.implement(group, {
    get dependencyRoots() {
      return roots();
    },
  });
  return group;
}

function validateDescription(description?: string): void {
  if (description === undefined || Token.isUnresolved(description)) {
    return;
  }
  if (description.length > 1000) {
    throw new Error(`description must have at most 1000 characters, got ${description.length}: shorten it`);
  }
  const refused = /[^\t\n\r\u0020-\u007E\u00A1-\u00FF]/u.exec(description);
  if (refused) {
    const codePoint = refused[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    throw new Error(`description must have no character outside tab, line feed, carriage return, U+0020 to U+007E and U+00A1 to U+00FF, got U+${codePoint} '${refused[0]}' at position ${refused.index + 1}: replace it`);
  }
}

function validateRemovalPolicy(removalPolicy: RemovalPolicy): void {
  if (removalPolicy === RemovalPolicy.SNAPSHOT) {
    throw new Error(`removalPolicy must not be '${removalPolicy}', a role has no snapshots: use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY`);
  }
}

function validatePropagationDelay(propagationDelay: Duration): void {
  if (!propagationDelay.isUnresolved() && propagationDelay.toMilliseconds() > Duration.minutes(10).toMilliseconds()) {
    throw new Error(`propagationDelay must be from 0 to 10 minutes, got ${propagationDelay.toHumanString()}: shorten it`);
  }
}
