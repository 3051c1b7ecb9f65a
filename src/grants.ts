import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { ElastiCacheServiceLinkedRoleStatements } from './statements';

/**
 * Grants principals the documented permissions on ElastiCache's service-linked role.
 *
 * Every method throws if the grantee's policy cannot be changed (a service principal, a role of another account,
 * a role imported as immutable), since the grant would then do nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#service-linked-role-permissions
 */
export class ElastiCacheServiceLinkedRoleGrants {
  /**
   * Grants on the role of the account, without declaring it.
   *
   * @param scope the construct that grants
   */
  public static fromAccount(scope: IConstruct): ElastiCacheServiceLinkedRoleGrants {
    return new ElastiCacheServiceLinkedRoleGrants(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Allow the grantee to create the role.
   *
   * @param grantee a role, user, group, managed policy or anything that has one
   */
  public create(grantee: iam.IGrantable): iam.Grant {
    return this.grant('create', grantee, ElastiCacheServiceLinkedRoleStatements.create());
  }

  /**
   * Allow the grantee to delete the role and to follow its deletion.
   *
   * @param grantee a role, user, group, managed policy or anything that has one
   */
  public delete(grantee: iam.IGrantable): iam.Grant {
    return this.grant('delete', grantee, ElastiCacheServiceLinkedRoleStatements.delete());
  }

  /**
   * Allow the grantee to read the role and to change its description.
   *
   * @param grantee a role, user, group, managed policy or anything that has one
   */
  public updateDescription(grantee: iam.IGrantable): iam.Grant {
    return this.grant('update the description of', grantee, ElastiCacheServiceLinkedRoleStatements.updateDescription());
  }

  private grant(what: string, grantee: iam.IGrantable, statements: iam.PolicyStatement[]): iam.Grant {
    const grant = addTo(grantee, statements);
    if (!grant) {
      throw new Error(`${this.scope.node.path} cannot grant ${describe(grantee)} to ${what} the service-linked role: its policy cannot be changed from here; `
        + 'grant it to a role, user, group or managed policy of this app, or write ElastiCacheServiceLinkedRoleStatements into its policy where that is defined');
    }
    return grant;
  }
}

/** The grant, if it does anything. */
function addTo(grantee: iam.IGrantable, statements: iam.PolicyStatement[]): iam.Grant | undefined {
  const { grantPrincipal } = grantee;
  if (!grantPrincipal) { // an imported managed policy has none, and other languages can pass it
    return undefined;
  }
  const grant = statements
    .map(({ actions, resources: resourceArns, conditions }) => iam.Grant.addToPrincipal({ grantee, actions, resourceArns, conditions }))
    .reduce((all, one) => all.combine(one));
  // An immutable role claims success and adds nothing that one could wait for. A role of this app knows only at synthesis which policy that is.
  const isOwnRole = iam.Role.isRole(grantPrincipal) || grantPrincipal instanceof iam.LazyRole;
  return grant.success && (isOwnRole || Dependable.of(grant).dependencyRoots.length > 0) ? grant : undefined;
}

function describe(grantee: iam.IGrantable): string {
  const principal = `${grantee.grantPrincipal}`;
  return Construct.isConstruct(grantee) ? grantee.node.path : principal.startsWith('[object') ? grantee.grantPrincipal.constructor.name : principal;
}
