import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { CACHE, DECLARATION, permissionsOf, TYPE } from '../stacks-and-templates';
import { lint, NO_FINDINGS, type Templates } from './linting/cfn-lint';

const ROOT = join(__dirname, '../..');

/** Runs the example in a process of its own, as the CDK CLI does, with the validation that a newer CDK does by default. */
function synthesize(name: string) {
  const outdir = mkdtempSync(join(tmpdir(), 'example-'));
  const { CDK_VALIDATION, ...env } = process.env;
  const args = ['--tsconfig', 'examples/tsconfig.json', `examples/${name}/app.ts`];
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/tsx'), args, {
    cwd: ROOT, encoding: 'utf8', env: { ...env, CDK_OUTDIR: outdir, JSII_DEPRECATED: 'fail' },
  });
  const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'))
    .map((file) => [file.replace('.template.json', ''), readFileSync(join(outdir, file), 'utf8')] as const);
  return { name, status, output: stdout + stderr, templates: Object.fromEntries(templates) };
}

const examples = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => synthesize(name));
const templatesOf = (example: string): Templates => examples.find(({ name }) => name === example)!.templates;

/** The properties of the only resource of the type. */
function propertiesOf(type: string, template: string) {
  const [{ Properties: properties }] = Object.values(Template.fromString(template).findResources(type));
  return properties;
}
const stackSet = () => propertiesOf('AWS::CloudFormation::StackSet', templatesOf('organization').Organization);

test.each(examples)('$name synthesizes, and CDK prints no warning', ({ status, output, templates }) => {
  expect({ status, output }).toEqual({ status: 0, output: '' });
  expect(templates).not.toEqual({});
});

test('cfn-lint finds nothing in the templates', async () => {
  const templates = examples.flatMap(({ name, templates: each }) => Object.entries(each).map(([stack, text]) => [`${name}-${stack}`, text] as const));

  expect(await lint({ ...Object.fromEntries(templates), 'organization-StackSet': stackSet().TemplateBody })).toEqual(NO_FINDINGS);
}, 300_000);

test('aspect: each stack with a cache declares the role, and the cache depends on it', () => {
  const templates = Object.values(templatesOf('aspect'));
  expect(templates).toHaveLength(2);
  templates.forEach((template) => Template.fromString(template).hasResource(CACHE, { DependsOn: [DECLARATION] }));
});

test('organization: the stack set contains the template inline, within the limit of 51,200 bytes and without an asset', () => {
  const { TemplateBody: text, ...properties } = stackSet();
  expect(properties).toMatchObject({
    PermissionModel: 'SERVICE_MANAGED',
    AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
    Capabilities: ['CAPABILITY_IAM'],
  });
  expect(Buffer.byteLength(text)).toBeLessThan(51_200);
  expect(text).not.toContain('cdk-bootstrap');
  Template.fromString(text).resourceCountIs(TYPE, 1);
});

test('grants: the permission set has the statements of all grants', () => {
  const { InlinePolicy: policy } = propertiesOf('AWS::SSO::PermissionSet', templatesOf('grants').Permissions);
  expect(permissionsOf(policy.Statement)).toHaveLength(8);
});

test('customize-roles: the stack creates no role', () => {
  Template.fromString(templatesOf('customize-roles').Cache).resourceCountIs('AWS::IAM::Role', 0);
});
