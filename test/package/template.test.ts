import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemplate, TEMPLATE } from '../../templates/plain-template';

const text = readFileSync(join(__dirname, '../..', TEMPLATE), 'utf8');
const template = JSON.parse(text);

test('the committed template is what the build generates from the construct', () => {
  expect(text).toBe(makeTemplate());
});

test('it has at most 32 KB, which leaves room for a user\'s resources in a deployment without a bucket', () => {
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32 * 1024);
});

test('it has the documented parameters and outputs, and a description', () => {
  expect(template.Description).toMatch(/^The service-linked role of ElastiCache/);
  expect(template.Parameters).toEqual({
    Description: expect.objectContaining({ Type: 'String', Default: '', MaxLength: 1000 }),
    PropagationDelay: expect.objectContaining({ Type: 'Number', Default: 60, MinValue: 0, MaxValue: 600 }),
    Trigger: expect.objectContaining({ Type: 'String', Default: '' }),
    PermissionsBoundary: expect.objectContaining({ Type: 'String', Default: '' }),
  });
  expect(Object.keys(template.Outputs)).toEqual(['RoleArn', 'RoleName']);
});

test('it has no asset', () => {
  expect(text).not.toMatch(/cdk-bootstrap|S3Bucket|Metadata/);
});

test('it names no resource and has no macro, so it needs CAPABILITY_IAM alone, and StackSets can deploy it to several Regions of an account', () => {
  const names = Object.values<{ Properties: object }>(template.Resources).flatMap(({ Properties }) => Object.keys(Properties));
  expect(names.filter((name) => /^(Role|Function|LogGroup|Policy|ManagedPolicy)Name$/.test(name))).toEqual([]);
  expect(template.Transform).toBeUndefined();
});
