import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ROLE_NAME, ROLE_PATH } from './role-identity';

/** The role in an ARN, after `role/`. */
export const ROLE_RESOURCE_NAME = `${ROLE_PATH.slice(1)}${ROLE_NAME}`;

/** The ARN of a role in the partition and account of the scope's stack. */
export function formatRoleArn(scope: IConstruct, resourceName = ROLE_RESOURCE_NAME): string {
  return Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName });
}
