import { ROLE_NAME, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import { describe } from '../errors';
import type { Fact } from '../fact';
import { policy, type Run } from '../run';

const TAKEN = `400 InvalidInputException: Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`;

function create(run: Run, CustomSuffix?: string): Promise<string> {
  return run.iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, CustomSuffix })
    .then(() => 'created', (error: Error) => `${describe(error)}: ${error.message}`);
}

/** How IAM refuses to create the role. */
export const CREATION: readonly Fact[] = [
  {
    name: 'CreateServiceLinkedRole while the role exists',
    sentence: 'docs/how-it-works.md: If IAM then reports that the name is taken, another principal was first, or the role is being deleted, '
      + 'and the handler reads again for up to 2 minutes.',
    expected: TAKEN,
    given: 'the role' as const,
    observe: (run: Run) => create(run),
  },
  {
    name: 'CreateServiceLinkedRole beside a regular role that uses the reserved name',
    sentence: 'docs/troubleshooting.md: IAM cannot create the service-linked role beside it.',
    expected: TAKEN,
    observe: async (run: Run) => {
      const trust = policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
      await run.iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: trust });
      run.toDelete(`the regular IAM role ${ROLE_NAME}`, `aws iam delete-role --role-name ${ROLE_NAME}`, () => run.iam.deleteRole({ RoleName: ROLE_NAME }));
      return create(run);
    },
  },
  {
    name: 'CreateServiceLinkedRole with a suffix',
    sentence: 'docs/how-it-works.md: ElastiCache accepts no custom suffix for its role, so the account has one, and a stack has one declaration of it.',
    expected: `400 InvalidInputException: Custom suffix is not allowed for ${SERVICE_PRINCIPAL}`,
    observe: (run: Run) => create(run, 'verify'),
  },
].map((fact) => ({ topic: 'Creation', given: 'no role', ...fact }));
