import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { newStack, TYPE } from './stacks-and-templates';
import {
  ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRolePermissions, type ElastiCacheServiceLinkedRolePermissionsProps,
} from '../src';

let stack: Stack;
beforeEach(() => {
  ({ stack } = newStack());
});

const someRole = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
const grant = (props?: ElastiCacheServiceLinkedRolePermissionsProps) => new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', props);
const policies = () => Template.fromStack(stack).findResources('AWS::IAM::Policy');

test('each principal gets what it is listed for, as from the facade of the role, which is not declared', () => {
  const [creator, deleter, editor] = ['Creator', 'Deleter', 'Editor'].map(someRole);
  grant(Object.create({ create: [creator], delete: [deleter], updateDescription: [editor] })); // inherited fields, as with other languages
  const byCompanion = policies();
  Template.fromStack(stack).resourceCountIs(TYPE, 0);

  ({ stack } = newStack());
  const { grants } = new ElastiCacheServiceLinkedRole(stack, 'Role');
  grants.create(someRole('Creator'));
  grants.delete(someRole('Deleter'));
  grants.updateDescription(someRole('Editor'));
  expect(Object.keys(byCompanion)).toHaveLength(3);
  expect(byCompanion).toEqual(policies());
});

test.each([['create', 'delete'], ['delete', 'updateDescription']])('one principal can be listed for %s and %s', (...kinds) => {
  const admin = someRole('Admin');
  grant(Object.fromEntries(kinds.map((kind) => [kind, [admin]])));
  expect(Object.keys(policies())).toHaveLength(1);
});

test.each([undefined, {}, { create: [], delete: [] }])('fails without a principal: %p', (props) => {
  expect(() => grant(props)).toThrow('Stack/Permissions: no principal is granted anything. Add one to create, delete, or updateDescription.');
});

test.each<[unknown, string]>([
  [null, 'props is null'],
  [{ create: null }, 'create is null'],
  [{ delete: [undefined] }, 'delete[0] is undefined'],
])('fails on %p', (props, reason) => {
  expect(() => grant(props as ElastiCacheServiceLinkedRolePermissionsProps)).toThrow(`Stack/Permissions: ${reason}. Set a value, or leave it out.`);
});

test('fails for a principal whose policy CDK cannot change', () => {
  expect(() => grant({ create: [new iam.ServicePrincipal('codebuild.amazonaws.com')] })).toThrow(/^Stack\/Permissions: cannot grant .*codebuild/);
});
