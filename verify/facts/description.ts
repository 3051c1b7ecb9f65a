import { ROLE_NAME } from '../../src/private/role-identity';
import { facts } from '../fact';
import type { Run } from '../run';

const TEXTS = Object.entries({
  'an empty one': '',
  'Latin-1 characters': '¡ Größe ÿ',
  'CR and LF': 'one\r\ntwo\nthree\rfour',
  '1,000 characters': 'x'.repeat(1000),
});

const shown = (text?: string) => text === undefined ? 'no description' : text.length > 100 ? `${text.length} characters` : JSON.stringify(text);

async function setTwice(run: Run, text: string): Promise<string> {
  const { Description: created } = await run.createRole(text);
  const readOther = (than?: string) => run.until('the new description', async () => {
    const role = await run.role();
    return role?.Description === than ? undefined : role;
  });
  await run.iam.updateRoleDescription({ RoleName: ROLE_NAME, Description: 'between' });
  await readOther(created);
  await run.iam.updateRoleDescription({ RoleName: ROLE_NAME, Description: text });
  return `${shown(created)}, ${shown((await readOther('between')).Description)}`;
}

/** The description, as IAM gives it back. */
export const DESCRIPTION = facts('Description', 'no role', TEXTS.map(([kind, text]) => [
  `GetRole returns ${kind} as it was set, at creation and by UpdateRoleDescription`,
  'docs/how-it-works.md: It updates the description if one is requested and differs.',
  Array(2).fill(shown(text || undefined)).join(', '), (run) => setTwice(run, text),
]));
