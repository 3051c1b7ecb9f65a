import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRoleGrants } from './grants';
import { FULL_ACCESS_POLICY_NAME } from './statements';

/**
 * Who may do what with ElastiCache's service-linked role. At least one grant is needed.
 */
export interface ElastiCacheServiceLinkedRolePermissionsProps {
  /**
   * Who may create the role.
   *
   * @default - nobody is granted it
   */
  readonly create?: iam.IGrantable[];

  /**
   * Who may delete the role and follow its deletion.
   *
   * @default - nobody is granted it
   */
  readonly delete?: iam.IGrantable[];

  /**
   * Who may read the role and change its description.
   *
   * @default - nobody is granted it
   */
  readonly updateDescription?: iam.IGrantable[];

  /**
   * Roles, users and groups of this app that get the AWS managed policy `AmazonElastiCacheFullAccess`: all of ElastiCache, and creating the role.
   *
   * @default - nobody is granted it
   * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonElastiCacheFullAccess.html
   */
  readonly fullAccess?: iam.IIdentity[];
}

/**
 * Grants principals the documented permissions on ElastiCache's service-linked role, whether or not the app declares it.
 *
 * Throws if nothing is granted, or if the policy of a grantee cannot be changed.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#service-linked-role-permissions
 */
export class ElastiCacheServiceLinkedRolePermissions extends Construct {
  /**
   * @param scope the scope that the construct stands in
   * @param id the id of the construct
   * @param props who is granted what
   */
  constructor(scope: Construct, id: string, props: ElastiCacheServiceLinkedRolePermissionsProps) {
    super(scope, id);

    const { create = [], delete: deletion = [], updateDescription = [], fullAccess = [] } = props;
    if (create.length + deletion.length + updateDescription.length + fullAccess.length === 0) {
      throw new Error(`${this.node.path} grants nothing: give create, delete, updateDescription or fullAccess at least one grantee`);
    }

    const grants = ElastiCacheServiceLinkedRoleGrants.fromAccount(this);
    create.forEach((grantee) => grants.create(grantee));
    deletion.forEach((grantee) => grants.delete(grantee));
    updateDescription.forEach((grantee) => grants.updateDescription(grantee));
    fullAccess.forEach((identity) => attachFullAccess(this, identity));
  }
}

/** An imported identity takes a managed policy with a warning, an error or nothing at all; only CloudFormation's own can have one attached. */
function attachFullAccess(scope: Construct, identity: iam.IIdentity): void {
  if (!iam.Role.isRole(identity) && ![iam.LazyRole, iam.User, iam.Group].some((kind) => identity instanceof kind)) {
    throw new Error(`${scope.node.path} cannot attach ${FULL_ACCESS_POLICY_NAME} to ${identity.node.path}: it is imported or immutable; attach the policy where the identity is defined`);
  }
  identity.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(FULL_ACCESS_POLICY_NAME));
}
