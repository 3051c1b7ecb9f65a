import { Arn, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from './contract';

/**
 * The AWS managed policy behind the role.
 */
export const PERMISSIONS_POLICY_NAME = 'aws-service-role/ElastiCacheServiceRolePolicy';

/**
 * The AWS managed policy that the page names as the alternative to its statements.
 */
export const FULL_ACCESS_POLICY_NAME = 'AmazonElastiCacheFullAccess';

/**
 * The role within `arn:<partition>:iam::<account>:role/`.
 */
export const ROLE_RESOURCE_NAME = `${ROLE_PATH.slice(1)}${ROLE_NAME}`;

/**
 * The ARN of a role in the account and partition of the scope's stack.
 */
export function formatRoleArn(scope: IConstruct, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName });
}

/**
 * Lets a call be made in the name of ElastiCache alone.
 */
export const FOR_ELASTICACHE = { StringLike: { 'iam:AWSServiceName': SERVICE_PRINCIPAL } };

/**
 * The IAM statements that the ElastiCache documentation gives for its service-linked role.
 *
 * For permission sets, permissions boundaries and policy documents, which are no grantee; where there is one,
 * `ElastiCacheServiceLinkedRoleGrants` and `ElastiCacheServiceLinkedRolePermissions` add the same statements to it.
 * They hold in every account and partition.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#service-linked-role-permissions
 */
export class ElastiCacheServiceLinkedRoleStatements {
  /**
   * The documented statement that allows to create the role.
   */
  public static create(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole', 'iam:PutRolePolicy'],
      resources: [anyAccount(`${ROLE_RESOURCE_NAME}*`)],
      conditions: FOR_ELASTICACHE,
    })];
  }

  /**
   * The documented statement that allows to delete the role, and the same without its condition.
   *
   * IAM lists the condition's key, `iam:AWSServiceName`, for `iam:CreateServiceLinkedRole` alone. The documented statement is
   * therefore expected to allow nothing, and the second to be the one that works.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
   */
  public static delete(): iam.PolicyStatement[] {
    const statement = {
      actions: ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'],
      resources: [anyAccount(`${ROLE_RESOURCE_NAME}*`)],
    };
    return [new iam.PolicyStatement({ ...statement, conditions: FOR_ELASTICACHE }), new iam.PolicyStatement(statement)];
  }

  /**
   * Allows the two calls of the page's section on editing the description.
   *
   * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html#edit-service-linked-role
   */
  public static updateDescription(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({
      actions: ['iam:GetRole', 'iam:UpdateRoleDescription'],
      resources: [anyAccount(ROLE_RESOURCE_NAME)],
    })];
  }

  private constructor() {}
}

/** A statement says nothing of the account that it will stand in, and an identity reaches the roles of its own alone. */
function anyAccount(resourceName: string): string {
  return Arn.format({ partition: Aws.PARTITION, service: 'iam', region: '', account: '*', resource: 'role', resourceName });
}
