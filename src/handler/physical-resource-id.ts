import { ROLE_NAME } from '../private/role-identity';

// The physical ID records who created the role. If in doubt, the stack did not.

/** The Create failed. The next deployment adopts a role that it left, and then CloudFormation deletes this resource: it must own nothing. */
export const NOT_CREATED = 'not-created';

/** The stack adopted the role. */
export function adoptedId(): string {
  return ROLE_NAME;
}

/** The stack created the role with this ID. */
export function ownedId(roleId: string): string {
  return `${ROLE_NAME}/${roleId}`;
}

/** The ID of the role that the stack created. */
export function ownedRoleId(physicalResourceId: string): string | undefined {
  return new RegExp(`^${ROLE_NAME}/(\\w+)$`).exec(physicalResourceId)?.[1];
}
