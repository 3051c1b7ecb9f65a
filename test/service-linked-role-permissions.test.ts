import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { permissionsOf } from './stacks-and-templates';
import {
  ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRolePermissions, type ElastiCacheServiceLinkedRolePermissionsProps,
  ElastiCacheServiceLinkedRoleStatements,
} from '../src';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack');
});

const someRole = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
const grant = (props?: ElastiCacheServiceLinkedRolePermissionsProps) => new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', props);
const policies = () => Template.fromStack(stack).findResources('AWS::IAM::Policy');

test('each principal gets what it is listed for, as from the facade of the role, which is not declared', () => {
  const [creator, deleter, editor] = ['Creator', 'Deleter', 'Editor'].map(someRole);
  class PropsWithGetters {
    public get create() { return [creator]; }
    public get delete() { return [deleter]; }
    public get updateDescription() { return [editor]; }
  }
  grant(new PropsWithGetters());
  const byCompanion = policies();
  Template.fromStack(stack).resourceCountIs('Custom::ElastiCacheServiceLinkedRole', 0);

  stack = new Stack(new App(), 'Stack');
  const { grants } = new ElastiCacheServiceLinkedRole(stack, 'Role');
  grants.create(someRole('Creator'));
  grants.delete(someRole('Deleter'));
  grants.updateDescription(someRole('Editor'));
  expect(Object.keys(byCompanion)).toHaveLength(3);
  expect(byCompanion).toEqual(policies());
});

test.each<(keyof ElastiCacheServiceLinkedRolePermissionsProps)[]>([['create', 'delete'], ['create', 'updateDescription']])(
  'a principal can be listed for both %s and %s', (one, other) => {
    const role = someRole('Admin');
    grant({ [one]: [role], [other]: [role] });
    const [{ Properties }] = Object.values(policies());
    const statements = [one, other].flatMap((kind) => ElastiCacheServiceLinkedRoleStatements[kind]().map((statement) => statement.toStatementJson()));
    expect(permissionsOf(Properties.PolicyDocument.Statement)).toEqual(permissionsOf(stack.resolve(statements)));
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
