import type { Role } from '@aws-sdk/client-iam';
import { ignoreNotFound } from './iam';
import type { RequestContext } from './request-context';
import { ROLE_NAME } from '../private/role-identity';

/** Reads lag behind writes by seconds. */
export const READ_INTERVAL = 2_000;

/** What IAM always returns of a role, although the SDK's type leaves it open. */
export interface ExistingRole extends Role {
  readonly Arn: string;
  readonly RoleId: string;
  readonly CreateDate: Date;
}

/** The role as IAM shows it now, or undefined. */
export async function findRole({ callIam }: RequestContext): Promise<ExistingRole | undefined> {
  const { Role: role } = await callIam('getRole', { RoleName: ROLE_NAME }).catch(ignoreNotFound);
  return role as ExistingRole | undefined;
}
