import { ROLE_NAME } from '../../src/private/role-identity';
import type { Fact } from '../fact';

const TEXTS = {
  'an empty one': '',
  'Latin-1 characters': '¡ Größe ÿ',
  'CR and LF': 'one\r\ntwo\nthree\rfour',
  '1,000 characters': 'x'.repeat(1000),
};

const shown = (text?: string) => text === undefined ? 'no description' : text.length > 100 ? `${text.length} characters` : JSON.stringify(text);

/** The description, as IAM gives it back. */
export const DESCRIPTION: readonly Fact[] = Object.entries(TEXTS).map(([kind, text]): Fact => ({
  topic: 'Description',
  name: `GetRole returns ${kind} as it was set, at creation and by UpdateRoleDescription`,
  sentence: 'docs/how-it-works.md: It updates the description if one is requested and differs.',
  expected: Array(2).fill(shown(text || undefined)).join(', '),
  given: 'no role',
  observe: async (run) => {
    const { Description: created } = await run.createRole(text);
    await run.iam.updateRoleDescription({ RoleName: ROLE_NAME, Description: 'between' });
    await run.until('the other description', async () => (await run.role())?.Description === 'between' || undefined);
    await run.iam.updateRoleDescription({ RoleName: ROLE_NAME, Description: text });
    const { Description: updated } = await run.until('the description', async () => {
      const role = await run.role();
      return role?.Description === 'between' ? undefined : role;
    });
    return [shown(created), shown(updated)].join(', ');
  },
}));
