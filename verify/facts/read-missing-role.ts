import { IAM } from '@aws-sdk/client-iam';
import { ROLE_NAME } from '../../src/private/role-identity';
import type { Fact } from '../fact';
import type { Run } from '../run';

const withoutPath = (run: Run) => run.roleArn.replace(/role\/.*/, `role/${ROLE_NAME}`);

const POLICIES: readonly { readonly on: string; readonly expected: string; resources(run: Run): string[] }[] = [
  { on: 'the ARN of the role alone', expected: 'denied', resources: (run) => [run.roleArn] },
  { on: 'the ARN without a path alone', expected: '404 NoSuchEntityException', resources: (run) => [withoutPath(run)] },
  { on: 'both ARNs', expected: '404 NoSuchEntityException', resources: (run) => [run.roleArn, withoutPath(run)] },
];

/** Against which ARN IAM authorizes GetRole for a role that does not exist. */
export const READ_MISSING_ROLE: readonly Fact[] = POLICIES.map(({ on, expected, resources }): Fact => ({
  topic: 'Missing role',
  name: `GetRole of a missing role, by a principal that may read ${on}`,
  sentence: 'docs/permissions.md: IAM authorizes `GetRole` for a nonexistent role against the ARN without a path†, hence the second ARN.',
  expected,
  given: 'no role',
  observe: async (run) => {
    const { config } = await run.principalWith({ Effect: 'Allow', Action: 'iam:GetRole', Resource: resources(run) });
    const iam = new IAM(config);
    return run.outcome(() => iam.getRole({ RoleName: ROLE_NAME })).finally(() => iam.destroy());
  },
}));
