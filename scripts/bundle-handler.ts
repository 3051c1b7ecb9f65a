import { existsSync, readFileSync, writeFileSync } from 'fs';
import { builtinModules } from 'module';
import assert from 'node:assert/strict';
import { basename, resolve } from 'path';
import { type Plugin, rollup } from 'rollup';
import ts from 'typescript';

// Bundles the handler for people who read it in the Lambda console or in a template: with the comments, names, and numbers of the source,
// and so that functions come before those that they call.

const FILE = 'src/private/handler-code.ts';

const READING_ORDER = [
  'index.ts', 'respond.ts', 'ensure-role.ts', 'requested-role.ts', 'delete-role.ts', 'find-role.ts', 'physical-resource-id.ts', 'failure.ts',
  'send-response.ts', 'put-response.ts', 'retry.ts', 'iam.ts', 'clock.ts', 'shown.ts',
  'custom-resource-contract.ts', 'role-identity.ts',
];

const { name, repository } = JSON.parse(readFileSync('package.json', 'utf8'));

const HEADER = `// The function of the custom resource Custom::ElastiCacheServiceLinkedRole, from the package ${name}.
// It makes sure that the account has the service-linked role of ElastiCache, and deletes no role that this stack did not create.
//
// Create, Update: creates the role if it does not exist, sets the requested description, and waits until the role is old enough.
// Delete: deletes the role if its removal policy requests that and this stack created it. Otherwise retains it.
// CloudFormation gets one response per event, within 15 minutes. The function retries calls to IAM for 30 s if access is denied,
// and for 2 minutes after throttling, server errors, and time-outs.
//
// The log group of this function has one line per step. Lines, and reasons of failures, are explained in
// ${repository.url}/blob/main/docs/troubleshooting.md
//
// Lambda calls \`handler\`, the first function below. Functions come before those that they call.`;

/** TypeScript drops empty lines, but no comments. */
const EMPTY_LINE = '//(empty line)';

const removeTypes: Plugin = {
  name: 'remove-types',
  resolveId: (source, importer = '') => source.startsWith('.') ? `${resolve(importer, '..', source)}.ts` : null,
  transform: (code) => {
    const { outputText } = ts.transpileModule(code.replace(/^$/gm, EMPTY_LINE), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
    });
    return { code: outputText.replaceAll(EMPTY_LINE, ''), map: null };
  },
};

/** The style of the source, which TypeScript's printer does not keep. */
function format(code: string): string {
  return code
    .replace(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replace(/\}\n *(else|catch|finally)/g, '} $1')
    .replace(/ +$/gm, '')
    .replace(/\n{3,}/g, '\n\n');
}

async function bundle(): Promise<string> {
  const build = await rollup({ input: 'src/handler/index.ts', plugins: [removeTypes], external: [/^@aws-sdk\//, ...builtinModules] });
  const { output: [chunk] } = await build.generate({ format: 'cjs', strict: false, esModule: false, generatedCode: { constBindings: true } });

  // Rollup sorts the modules so that each is run after those that it imports. Here, only `handler` needs the others, and it runs last.
  const modules = Object.entries(chunk.modules).map(([path, { code }]) => ({ file: basename(path), code: code! }));
  const [requires, exports] = chunk.code.split(modules.map(({ code }) => code).join('\n\n'));
  assert.deepEqual(modules.map(({ file }) => file).filter((file) => !READING_ORDER.includes(file)), [], 'files without a place in READING_ORDER');
  modules.sort((a, b) => READING_ORDER.indexOf(a.file) - READING_ORDER.indexOf(b.file));
  return format([HEADER, requires, ...modules.map(({ file, code }) => `// ${file}\n\n${code}`), exports].map((part) => part.trim()).join('\n\n'));
}

void bundle().then((code) => {
  const module = `export const HANDLER_CODE: string = ${JSON.stringify(code)};\n`;
  // Tests that run at the same time can be reading the file.
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== module) writeFileSync(FILE, module);
});
