import { ROLE_NAME } from '../private/role-identity';

// The physical ID records who created the role. If in doubt, the stack did not.

/** The stack adopted the role. */
export const ADOPTED = ROLE_NAME;

/** The Create failed. It claims no role, because the next deployment adopts one that it created, and then deletes this resource. */
export const NOT_CREATED = 'not-created';

/** The stack created the role with this ID. */
export function ownedId(roleId: string): string {
  return `${ROLE_NAME}/${roleId}`;
}

/** The ID of the role that the stack created. */
export function ownedRoleId(physicalResourceId: string): string | undefined {
  const [name, roleId] = physicalResourceId.split('/');
  return name === ROLE_NAME ? roleId : undefined;
}
