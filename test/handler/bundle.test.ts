import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import ts from 'typescript';
import { HANDLER_CODE } from '../../src/private/handler-code';

// The code as people read it in the Lambda console and in a template.

const HANDLER = join(__dirname, '../../src/handler');
const SOURCES = readdirSync(HANDLER).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(join(HANDLER, file), 'utf8'));

/** Without those of types, which are no part of the code. */
function commentsOf(source: string): string[] {
  const { statements } = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const types = [ts.isInterfaceDeclaration, ts.isTypeAliasDeclaration, ts.isImportDeclaration];
  const code = statements.filter((statement) => !types.some((is) => is(statement)));
  return code.flatMap((statement) => statement.getFullText().match(/\/\*\*[^]*?\*\/|(?<=^| )\/\/ .*/gm) ?? []);
}

test('it has at most 24,576 characters, all of them ASCII, in lines that fit a screen', () => {
  expect(HANDLER_CODE.length).toBeLessThanOrEqual(24_576);
  expect(HANDLER_CODE).toMatch(/^[\n\x20-\x7E]*$/); // every tool keeps them as they are
  expect(Math.max(...HANDLER_CODE.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(150);
});

test('it requires the SDK of the Lambda runtime and modules of Node.js, and nothing else', () => {
  const required = [...HANDLER_CODE.matchAll(/require\('([^']+)'\)/g)].map(([, name]) => name);
  expect(required.sort()).toEqual(['@aws-sdk/client-iam', 'http', 'https', 'timers/promises']);
});

test('it starts with a header, and then with the entry', () => {
  const [header] = HANDLER_CODE.split('\n\n');
  const lines = header.split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(8);
  expect(lines.filter((line) => !line.startsWith('//'))).toEqual([]);
  for (const text of ['Create, Update: ', 'Delete: ', 'log group', '/docs/troubleshooting.md', '`handler`']) {
    expect(header).toContain(text);
  }
  expect(/function (\w+)/.exec(HANDLER_CODE.slice(header.length))?.[1]).toBe('handler');
});

test('it has each comment and each number of the source as they were written', () => {
  const written = SOURCES.flatMap((source) => [...commentsOf(source), ...source.match(/\b\d+(_\d{3})+\b/g) ?? []]);
  expect(written.filter((text) => !HANDLER_CODE.includes(text))).toEqual([]);
  expect(written.length).toBeGreaterThan(60);
  expect(HANDLER_CODE).not.toMatch(/\b\d+e\d+\b/);
});
