import { readFileSync } from 'fs';
import { join } from 'path';
import { HANDLER_CODE } from '../../src/private/handler-code';

const HANDLER = join(__dirname, '../../src/handler');
const read = (file: string) => readFileSync(join(HANDLER, file), 'utf8');

test('the bundle has at most 16,384 characters, all of them ASCII', () => {
  expect(HANDLER_CODE.length).toBeLessThanOrEqual(24_576);
  expect(HANDLER_CODE).toMatch(/^[\n\x20-\x7E]*$/); // every tool keeps them as they are
});

test('the bundle requires the SDK of the Lambda runtime and modules of Node.js, and nothing else', () => {
  const required = [...HANDLER_CODE.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
  expect([...new Set(required)].sort()).toEqual(['@aws-sdk/client-iam', 'http', 'https', 'timers/promises']);
});

test.each(['ensure-role.ts', 'delete-role.ts', 'respond.ts', 'retry.ts', 'iam.ts', 'clock.ts'])(
  'the bundle can be read as %s: its functions, messages and line breaks are there', (file) => {
    const source = read(file);
    const functions = [...source.matchAll(/^(?:export )?(async )?function (\w+)/gm)].map(([, async = '', name]) => `\n${async}function ${name}(`);
    const messages = [...source.matchAll(/(?:log|new Error|super)\([`'](.+?)[`$']/g)].map(([, text]) => text);
    for (const text of [`\n// src/handler/${file}\n`, ...functions, ...messages]) {
      expect(HANDLER_CODE).toContain(text);
    }
    expect(Math.max(...HANDLER_CODE.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(180);
  },
);
