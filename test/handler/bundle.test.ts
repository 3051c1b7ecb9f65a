import { HANDLER_CODE } from '../../src/handler-code';

test('the bundled handler stays small', () => {
  expect(HANDLER_CODE.length).toBeLessThanOrEqual(6144);
  expect(Buffer.byteLength(HANDLER_CODE)).toBe(HANDLER_CODE.length); // inline code of ASCII survives every tool
});

test('it requires the SDK of the runtime and what Node.js has, and nothing else', () => {
  const required = [...HANDLER_CODE.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
  expect([...new Set(required)].sort()).toEqual(['@aws-sdk/client-iam', 'http', 'https', 'timers/promises']);
});

test('it exports the handler', () => {
  const module = { exports: {} as { handler?: unknown } };
  new Function('module', 'exports', 'require', HANDLER_CODE)(module, module.exports, require);
  expect(module.exports.handler).toBeInstanceOf(Function);
});
