import { join } from 'node:path';
import { EXAMPLE_NAMES, synthesizeExample } from './synthesize-example';
import { permissionsOf, type TemplateStatement } from '../stacks-and-templates';

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly DependsOn?: string[]; readonly Properties: Record<string, unknown> }>;
}

const examples = Object.fromEntries(EXAMPLE_NAMES.map((name) => [name, synthesizeExample(name)]));

const templatesOf = (name: string): Record<string, Template> =>
  Object.fromEntries(Object.entries(examples[name].templates).map(([stack, text]) => [stack, JSON.parse(text)]));
const types = (template: Template) => Object.values(template.Resources).map(({ Type }) => Type);
const only = (template: Template, type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type)[0];

test.each(EXAMPLE_NAMES)('%s synthesizes, and CDK prints no warning', (name) => {
  expect(examples[name].output).toBe('');
  const templates = Object.values(templatesOf(name));
  expect(templates.length).toBeGreaterThan(0);
  for (const template of templates) {
    expect(types(template).length).toBeGreaterThan(0);
  }
});

test.each(EXAMPLE_NAMES)('%s synthesizes the same without validation', (name) => {
  expect(synthesizeExample(name, '--require', join(__dirname, 'skip-validation.cjs')).templates).toEqual(examples[name].templates);
});

test('aspect: each stack with a cache declares the role, and the cache depends on it', () => {
  const templates = Object.values(templatesOf('aspect'));
  expect(templates).toHaveLength(2);
  for (const template of templates) {
    expect(types(template)).toContain('Custom::ElastiCacheServiceLinkedRole');
    expect(only(template, 'AWS::ElastiCache::ServerlessCache').DependsOn).toEqual(['CustomElastiCacheServiceLinkedRole']);
  }
});

test('organization: the stack set contains the template inline, within the limit of 51,200 bytes', () => {
  const { Organization } = templatesOf('organization');
  const { TemplateBody, AutoDeployment, PermissionModel, Capabilities } = only(Organization, 'AWS::CloudFormation::StackSet').Properties;
  expect(PermissionModel).toBe('SERVICE_MANAGED');
  expect(AutoDeployment).toEqual({ Enabled: true, RetainStacksOnAccountRemoval: true });
  expect(Capabilities).toEqual(['CAPABILITY_IAM']);
  expect(Buffer.byteLength(TemplateBody as string)).toBeLessThan(51_200);
  const inner = JSON.parse(TemplateBody as string) as Template;
  expect(types(inner).sort()).toEqual(['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'Custom::ElastiCacheServiceLinkedRole']);
  expect(TemplateBody).not.toContain('cdk-bootstrap');
});

test('grants: the permission set has the statements of all grants', () => {
  const { Permissions } = templatesOf('grants');
  const { InlinePolicy } = only(Permissions, 'AWS::SSO::PermissionSet').Properties as { InlinePolicy: { Statement: TemplateStatement[] } };
  expect(permissionsOf(InlinePolicy.Statement)).toHaveLength(8);
});

test('customize-roles: the stack creates no role', () => {
  expect(types(templatesOf('customize-roles').Cache)).not.toContain('AWS::IAM::Role');
});
