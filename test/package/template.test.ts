import { readFileSync } from 'fs';
import { join } from 'path';
import { makeTemplate, TEMPLATE } from '../scripts/make-template';

const text = readFileSync(join(__dirname, '..', TEMPLATE), 'utf8');
const template = JSON.parse(text);

test('the template is what the build makes of the construct', () => {
  expect(text).toBe(makeTemplate());
});

test('it is under 8 KB', () => {
  expect(Buffer.byteLength(text)).toBeLessThan(8192);
});

test('it has parameters, outputs and a description, and no asset', () => {
  expect(template.Description).toMatch(/^The service-linked role of ElastiCache/);
  expect(template.Parameters).toEqual({
    Description: expect.objectContaining({ Type: 'String', Default: '', MaxLength: 1000 }),
    PropagationDelay: expect.objectContaining({ Type: 'Number', Default: 60, MinValue: 0, MaxValue: 600 }),
  });
  expect(Object.keys(template.Outputs)).toEqual(['RoleArn', 'RoleName']);
  expect(text).not.toMatch(/cdk-bootstrap|S3Bucket|Metadata/);
});

test('it names no resource and has no macro, so CAPABILITY_IAM is enough, and StackSets takes it in several Regions of an account', () => {
  const names = Object.values<{ Properties: object }>(template.Resources).flatMap(({ Properties }) => Object.keys(Properties));
  expect(names.filter((name) => /^(RoleName|FunctionName|LogGroupName|PolicyName|ManagedPolicyName)$/.test(name))).toEqual([]);
  expect(template.Transform).toBeUndefined();
});
