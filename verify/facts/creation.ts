import { ROLE_NAME, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import type { Fact } from '../fact';
import { describeFully, type Run } from '../run';

const TAKEN = `400 InvalidInputException: Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`;

async function create(run: Run, CustomSuffix?: string): Promise<string> {
  try {
    await run.iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, CustomSuffix });
    return 'created';
  } catch (error) {
    return describeFully(error);
  }
}

/** How IAM refuses to create the role. */
export const CREATION: readonly Fact[] = [
  {
    topic: 'Creation',
    name: 'CreateServiceLinkedRole while the role exists',
    sentence: 'docs/how-it-works.md: If IAM then reports that the name is taken, another principal was first, or the role is being deleted, '
      + 'and the handler reads again for up to 2 minutes.',
    expected: TAKEN,
    given: 'the role',
    observe: (run) => create(run),
  },
  {
    topic: 'Creation',
    name: 'CreateServiceLinkedRole beside a regular role that uses the reserved name',
    sentence: 'docs/troubleshooting.md: IAM cannot create the service-linked role beside it.',
    expected: TAKEN,
    given: 'no role',
    observe: async (run) => {
      const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
      await run.iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }) });
      run.created({
        description: `the regular IAM role ${ROLE_NAME}`,
        command: `aws iam delete-role --role-name ${ROLE_NAME}`,
        delete: async () => void await run.iam.deleteRole({ RoleName: ROLE_NAME }),
      });
      return create(run);
    },
  },
  {
    topic: 'Creation',
    name: 'CreateServiceLinkedRole with a suffix',
    sentence: 'docs/how-it-works.md: ElastiCache accepts no custom suffix for its role, so the account has one.',
    expected: `400 InvalidInputException: Custom suffix is not allowed for ${SERVICE_PRINCIPAL}`,
    given: 'no role',
    observe: (run) => create(run, 'verify'),
  },
];
