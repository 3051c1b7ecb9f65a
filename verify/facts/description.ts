import { facts } from '../fact';

const TEXTS = Object.entries({
  'an empty one': '',
  'Latin-1 characters': '¡ Größe ÿ',
  'CR and LF': 'one\r\ntwo\nthree\rfour',
  '1,000 characters': 'x'.repeat(1000),
});

const shown = (text?: string) => text === undefined ? 'no description' : text.length > 100 ? `${text.length} characters` : JSON.stringify(text);

/** The description, as IAM gives it back. The deployments show that it can be updated. */
export const DESCRIPTION = facts('Description', 'no role', TEXTS.map(([kind, text]) => [
  `GetRole returns ${kind} as it was set`,
  'docs/how-it-works.md: It updates the description if one is requested and differs.',
  shown(text || undefined),
  async (run) => shown((await run.createRole(text)).Description),
]));
