import { Arn, Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ROLE_RESOURCE_NAME } from './private/role-arn';
import { SERVICE_PRINCIPAL } from './private/role-identity';

/** Restricts a statement to the ElastiCache service principal. */
const CONDITIONS = { StringLike: { 'iam:AWSServiceName': SERVICE_PRINCIPAL } };

/**
 * The documented IAM statements for the service-linked role of ElastiCache.
 *
 * They are valid in every account and partition. Use them for permission sets, permissions boundaries, and policy documents, which are not
 * grantees. For a principal of the app, use `ElastiCacheServiceLinkedRolePermissions` or `ElastiCacheServiceLinkedRoleGrants`, which add the
 * same statements.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#service-linked-role-permissions
 */
export class ElastiCacheServiceLinkedRoleStatements {
  /**
   * The documented statement that allows creating the role.
   */
  public static create(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole', 'iam:PutRolePolicy'],
      resources: [inAnyAccount(`${ROLE_RESOURCE_NAME}*`)],
      conditions: CONDITIONS,
    })];
  }

  /**
   * The documented statement that allows deleting the role, with and without its condition.
   *
   * IAM lists the condition's key, `iam:AWSServiceName`, for `iam:CreateServiceLinkedRole` alone. So the documented statement is expected
   * to allow nothing, and the second statement is expected to allow the deletion.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
   */
  public static delete(): iam.PolicyStatement[] {
    const statement = {
      actions: ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'],
      resources: [inAnyAccount(`${ROLE_RESOURCE_NAME}*`)],
    };
    return [new iam.PolicyStatement({ ...statement, conditions: CONDITIONS }), new iam.PolicyStatement(statement)];
  }

  /**
   * A statement that allows reading the role and updating its description.
   *
   * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#edit-service-linked-role
   */
  public static updateDescription(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({
      actions: ['iam:GetRole', 'iam:UpdateRoleDescription'],
      resources: [inAnyAccount(ROLE_RESOURCE_NAME)],
    })];
  }

  private constructor() {}
}

/** A statement does not know the account that it is used in, and an identity reaches only the roles of its own account. */
function inAnyAccount(resourceName: string): string {
  return Arn.format({ partition: Aws.PARTITION, service: 'iam', region: '', account: '*', resource: 'role', resourceName });
}
