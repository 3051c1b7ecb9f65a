import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { refuseNull } from './private/declaration-props';
import { ElastiCacheServiceLinkedRoleGrants } from './service-linked-role-grants';

/**
 * Properties for `ElastiCacheServiceLinkedRolePermissions`. At least one principal is required.
 */
export interface ElastiCacheServiceLinkedRolePermissionsProps {
  /**
   * Principals allowed to create the role.
   *
   * @default - none
   */
  readonly create?: iam.IGrantable[];

  /**
   * Principals allowed to delete the role and to read the status of the deletion.
   *
   * @default - none
   */
  readonly delete?: iam.IGrantable[];

  /**
   * Principals allowed to read the role and update its description.
   *
   * @default - none
   */
  readonly updateDescription?: iam.IGrantable[];
}

/**
 * Grants principals permissions on the service-linked role of ElastiCache.
 *
 * The app need not declare the role.
 *
 * Throws if there is no principal, or if CDK cannot add statements to the policy of one.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#service-linked-role-permissions
 */
export class ElastiCacheServiceLinkedRolePermissions extends Construct {
  /**
   * @param scope the scope of the construct
   * @param id the id of the construct
   * @param props the principals that get permissions
   */
  constructor(scope: Construct, id: string, props: ElastiCacheServiceLinkedRolePermissionsProps = {}) {
    super(scope, id);

    refuseNull(this.node.path, { props });
    const { create = [], delete: deletion = [], updateDescription = [] } = props;
    refuseNull(this.node.path, { create, delete: deletion, updateDescription });
    if (create.length + deletion.length + updateDescription.length === 0) {
      throw new Error(`${this.node.path}: no principal is granted anything. Add one to create, delete, or updateDescription.`);
    }

    const grants = ElastiCacheServiceLinkedRoleGrants._of(this);
    create.forEach((grantee) => grants.create(grantee));
    deletion.forEach((grantee) => grants.delete(grantee));
    updateDescription.forEach((grantee) => grants.updateDescription(grantee));
  }
}
