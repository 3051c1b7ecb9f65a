import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../..');
const RAW = 'https://raw.githubusercontent.com/your-organization/cdk-elasticache-service-linked-role/main/';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string, extension: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(extension)).map((name) => join(folder, name));

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md', ...filesIn('docs', '.md'), ...filesIn('.github', '.md')];

test('links to raw files of the repository, which remark-validate-links does not check, lead to files that exist', () => {
  const paths = PAGES.flatMap((page) => read(page).split(RAW).slice(1)).map((rest) => /^[^)\s]*/.exec(rest)![0]);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(paths).toContain('docs/diagrams/timelines.svg');
});

test.each([['README.md', 900], ['docs/operating.md', 1_800]])('%s has at most %i words', (page, words) => {
  expect(read(page).split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(words);
});

/** The fixed parts of each string literal that reads like a message: at least three words, and not the description of a resource. */
function messagesIn(path: string): string[] {
  const messages: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'description') {
      return;
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      messages.push(node.text.trim());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest));
  return messages.filter((message) => message.split(/\s+/).filter((word) => /[a-z]/i.test(word)).length >= 3);
}

test('troubleshooting explains each message of the source', () => {
  const page = read('docs/troubleshooting.md').replace(/[`\\]/g, '').replace(/\s+/g, ' ');
  const messages = filesIn('src', '.ts').filter((path) => !path.endsWith('handler-code.ts')).flatMap(messagesIn);

  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter((message) => !page.includes(message))).toEqual([]);
});

/** Runs the sample in a stack, with what its fixture imports and declares. Its own imports move to the top, as jsii-rosetta moves them. */
function synthesize(fixture: string, source: string): void {
  const imports = source.match(/^import .*$/gm) ?? [];
  const code = [...imports, read(`rosetta/${fixture}.ts-fixture`).replace('/// here', source.replace(/^import .*$/gm, ''))].join('\n');
  const { outputText } = ts.transpileModule(`${code}\nnew MyStack(app, 'MyStack');`, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const app = new App();
  const other = new Stack(app, 'Other');
  const declared = {
    app,
    deployRole: new iam.Role(other, 'DeployRole', { assumedBy: new iam.AccountRootPrincipal() }),
    adminRole: new iam.Role(other, 'AdminRole', { assumedBy: new iam.AccountRootPrincipal() }),
    key: new kms.Key(other, 'Key'),
    vpc: new ec2.Vpc(other, 'Vpc'),
  };
  new Function('require', 'exports', ...Object.keys(declared), outputText)(require, {}, ...Object.values(declared));
  app.synth();
}

const samples = PAGES.flatMap((page) => [...read(page).matchAll(/```ts(?: fixture=(\w+))?\n([\s\S]*?)```/g)]
  .map(([, fixture = 'default', source], index) => ({ name: `sample ${index + 1} of ${page}`, fixture, source })));

test.each(samples)('$name synthesizes', ({ fixture, source }) => {
  synthesize(fixture, source);
});
