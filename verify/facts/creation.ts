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
    sentence: 'how-it-works.md: if IAM reports that the name is taken, the handler reads the role again.',
    expected: TAKEN,
    given: 'the role',
    observe: (run) => create(run),
  },
  {
    topic: 'Creation',
    name: 'CreateServiceLinkedRole beside a regular role that uses the reserved name',
    sentence: 'README.md: a regular IAM role that uses the reserved name fails the deployment.',
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
    sentence: 'how-it-works.md: ElastiCache accepts no custom suffix, so the account has one role.',
    expected: `400 InvalidInputException: Custom suffix is not allowed for ${SERVICE_PRINCIPAL}`,
    given: 'no role',
    observe: (run) => create(run, 'verify'),
  },
];
