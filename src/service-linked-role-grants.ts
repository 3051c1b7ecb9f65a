import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { ElastiCacheServiceLinkedRoleStatements } from './service-linked-role-statements';

/**
 * Grants principals permissions on the service-linked role of ElastiCache.
 *
 * A grantee is a role, user, group, or managed policy of the app, anything that has one, or an imported identity that CDK can add a policy to.
 * Each method throws if CDK does not add the statements: to a service principal, a role of another account, a role imported as immutable, a
 * function imported without its role, or a principal that wraps one of these.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#service-linked-role-permissions
 */
export class ElastiCacheServiceLinkedRoleGrants {
  /** @internal */
  public static _of(scope: IConstruct): ElastiCacheServiceLinkedRoleGrants {
    return new ElastiCacheServiceLinkedRoleGrants(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Grants permission to create the role.
   *
   * @param grantee the principal that gets the permission
   */
  public create(grantee: iam.IGrantable): iam.Grant {
    return this.grant('create', grantee, ElastiCacheServiceLinkedRoleStatements.create());
  }

  /**
   * Grants permission to delete the role and to read the status of the deletion.
   *
   * @param grantee the principal that gets the permission
   */
  public delete(grantee: iam.IGrantable): iam.Grant {
    return this.grant('delete', grantee, ElastiCacheServiceLinkedRoleStatements.delete());
  }

  /**
   * Grants permission to read the role and update its description.
   *
   * @param grantee the principal that gets the permission
   */
  public updateDescription(grantee: iam.IGrantable): iam.Grant {
    return this.grant('update the description of', grantee, ElastiCacheServiceLinkedRoleStatements.updateDescription());
  }

  private grant(verb: string, grantee: iam.IGrantable, statements: iam.PolicyStatement[]): iam.Grant {
    const grants = canBeGranted(grantee)
      ? statements.map(({ actions, resources: resourceArns, conditions }) => iam.Grant.addToPrincipal({ grantee, actions, resourceArns, conditions }))
      : [];
    if (grants.length === 0 || grants.some(({ success }) => !success)) {
      throw new Error(`${this.scope.node.path}: cannot grant ${describe(grantee)} permission to ${verb} the service-linked role, because CDK cannot add statements to its policy. `
        + 'Grant it to a role, user, group, or managed policy of this app, or add ElastiCacheServiceLinkedRoleStatements to its policy where that is defined.');
    }
    return grants.reduce((all, grant) => all.combine(grant));
  }
}

/** CDK reports success for principals that ignore statements. An imported managed policy has no principal, and other languages can pass one. */
function canBeGranted(grantee: iam.IGrantable): boolean {
  const principal = unwrap(grantee?.grantPrincipal);
  const { PROPERTY_INJECTION_ID: cdkClass } = (principal?.constructor ?? {}) as { readonly PROPERTY_INJECTION_ID?: string };
  return principal !== undefined && !(principal instanceof iam.UnknownPrincipal) && cdkClass !== 'aws-cdk-lib.aws-iam.ImmutableRole';
}

/** The principal in a PrincipalWithConditions or a SessionTagsPrincipal, which pass statements on to it. */
function unwrap(principal: iam.IPrincipal | undefined): iam.IPrincipal | undefined {
  const { wrapped } = (principal ?? {}) as { readonly wrapped?: iam.IPrincipal };
  return wrapped ? unwrap(wrapped) : principal;
}

function describe(grantee: iam.IGrantable & { readonly managedPolicyArn?: string }): string {
  const managedPolicyArn = grantee?.managedPolicyArn;
  if (managedPolicyArn) {
    return `the managed policy ${managedPolicyArn.slice(managedPolicyArn.lastIndexOf(':') + 1).replace(/^policy\//, '')}`;
  }
  const named = Construct.isConstruct(grantee) ? grantee : grantee && unwrap(grantee.grantPrincipal);
  if (Construct.isConstruct(named)) {
    return named.node.path;
  }
  const principal = `${named}`;
  return principal.startsWith('[object') || Token.isUnresolved(principal) ? named!.constructor.name : principal;
}
