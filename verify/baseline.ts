import type { Role } from '@aws-sdk/client-iam';
import type { Created } from './cleanup';
import type { Run } from './run';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../src/private/role-identity';

/** Leaves the role as the run found it: there or not, with its description. */
export function restoring(run: Run, role: Role | undefined): Created {
  if (!role) {
    return {
      description: `the role ${ROLE_NAME}`,
      command: `aws iam delete-service-linked-role --role-name ${ROLE_NAME}`,
      delete: () => run.withoutRole(),
    };
  }
  const description = role.Description ?? '';
  return {
    description: `what the run did to the role ${ROLE_NAME}: its description was ${JSON.stringify(description)}`,
    command: `aws iam create-service-linked-role --aws-service-name ${SERVICE_PRINCIPAL}; `
      + `aws iam update-role-description --role-name ${ROLE_NAME} --description '${description}'`,
    delete: async () => {
      await run.withRole();
      if (((await run.role())!.Description ?? '') !== description) {
        await run.iam.updateRoleDescription({ RoleName: ROLE_NAME, Description: description });
      }
    },
  };
}
