import { ROLE_NAME, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import { describe } from '../errors';
import { facts } from '../fact';
import { policy, type Run } from '../run';

const TAKEN = `400 InvalidInputException: Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`;
const NO_SUFFIX = `400 InvalidInputException: Custom suffix is not allowed for ${SERVICE_PRINCIPAL}`;

function create(run: Run, CustomSuffix?: string): Promise<string> {
  return run.iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, CustomSuffix })
    .then(() => 'created', (error: Error) => `${describe(error)}: ${error.message}`);
}

async function createBesideRegularRole(run: Run): Promise<string> {
  const trust = policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await run.iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: trust });
  run.toDelete(`the regular IAM role ${ROLE_NAME}`, () => run.iam.deleteRole({ RoleName: ROLE_NAME }));
  return create(run);
}

/** How IAM refuses to create the role. */
export const CREATION = [
  ...facts('Creation', 'the role', [
    ['CreateServiceLinkedRole while the role exists',
      'docs/how-it-works.md: If IAM then reports that the name is taken, another principal was first, or the role is being deleted, '
        + 'and the handler reads again for up to 2 minutes.',
      TAKEN, (run) => create(run)],
  ]),
  ...facts('Creation', 'no role', [
    ['CreateServiceLinkedRole beside a regular role that uses the reserved name',
      'docs/troubleshooting.md: IAM cannot create the service-linked role beside it.', TAKEN, createBesideRegularRole],
    ['CreateServiceLinkedRole with a suffix',
      'docs/how-it-works.md: ElastiCache accepts no custom suffix for its role, so the account has one.',
      NO_SUFFIX, (run) => create(run, 'verify')],
  ]),
];
