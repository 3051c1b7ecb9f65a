import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { permissionsOf } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRolePermissions, type ElastiCacheServiceLinkedRolePermissionsProps } from '../src';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack');
});

const someRole = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
const grant = (props: ElastiCacheServiceLinkedRolePermissionsProps) => new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', props);
const policies = () => Template.fromStack(stack).findResources('AWS::IAM::Policy');

test('each principal gets what it is listed for, as from the facade', () => {
  const grantees = [someRole('Creator'), someRole('Deleter'), someRole('Editor')];
  grant({ create: [grantees[0]], delete: [grantees[1]], updateDescription: [grantees[2]] });
  const byCompanion = policies();

  stack = new Stack(new App(), 'Stack');
  const { grants } = ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role');
  grants.create(someRole('Creator'));
  grants.delete(someRole('Deleter'));
  grants.updateDescription(someRole('Editor'));
  expect(Object.keys(byCompanion)).toHaveLength(3);
  expect(byCompanion).toEqual(policies());
});

test('a principal can be listed for all', () => {
  const role = someRole('Admin');
  grant({ create: [role], delete: [role], updateDescription: [role] });
  const [{ Properties }] = Object.values(policies());
  expect(new Set(permissionsOf(Properties.PolicyDocument.Statement).map((permission) => (permission as string[])[0]))).toEqual(new Set([
    'iam:CreateServiceLinkedRole', 'iam:PutRolePolicy', 'iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus', 'iam:GetRole', 'iam:UpdateRoleDescription',
  ]));
});

test('props can be an object with getters', () => {
  class Props {
    public readonly roles = ['Creator', 'Deleter', 'Editor'].map(someRole);
    public get create() { return [this.roles[0]]; }
    public get delete() { return [this.roles[1]]; }
    public get updateDescription() { return [this.roles[2]]; }
  }
  grant(new Props());
  expect(Object.keys(policies())).toHaveLength(3);
});

test('the role is not declared', () => {
  grant({ create: [someRole('Creator')] });
  Template.fromStack(stack).resourceCountIs('Custom::ElastiCacheServiceLinkedRole', 0);
});

test.each([{}, { create: [], delete: [] }])('fails without a principal: %p', (props) => {
  expect(() => grant(props)).toThrow('Stack/Permissions: no principal is granted anything. Add one to create, delete, or updateDescription.');
});

test('fails for a principal whose policy CDK cannot change', () => {
  expect(() => grant({ create: [new iam.ServicePrincipal('codebuild.amazonaws.com')] })).toThrow(/^Stack\/Permissions: cannot grant .*codebuild/);
});
