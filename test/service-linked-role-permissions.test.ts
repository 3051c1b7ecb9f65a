import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRoleGrants, ElastiCacheServiceLinkedRolePermissions } from '../src';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack');
});

const someRole = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });

test('grants each kind to those it names, as the facade does', () => {
  const grantees = [someRole('Creator'), someRole('Deleter'), someRole('Editor')];
  new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', {
    create: [grantees[0]], delete: [grantees[1]], updateDescription: [grantees[2]],
  });
  const byCompanion = Template.fromStack(stack).findResources('AWS::IAM::Policy');

  stack = new Stack(new App(), 'Stack');
  const grants = ElastiCacheServiceLinkedRoleGrants.fromAccount(stack);
  grants.create(someRole('Creator'));
  grants.delete(someRole('Deleter'));
  grants.updateDescription(someRole('Editor'));
  expect(Object.keys(byCompanion)).toHaveLength(3);
  expect(byCompanion).toEqual(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
});

test('declares no role', () => {
  new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', { create: [someRole('Creator')] });
  Template.fromStack(stack).resourceCountIs('Custom::ElastiCacheServiceLinkedRole', 0);
});

describe('full access', () => {
  const give = (identity: iam.IIdentity) => new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', { fullAccess: [identity] });

  test.each<[string, string, (scope: Construct) => iam.IIdentity]>([
    ['a role', 'AWS::IAM::Role', () => someRole('Identity')],
    ['a user', 'AWS::IAM::User', (scope) => new iam.User(scope, 'Identity')],
    ['a group', 'AWS::IAM::Group', (scope) => new iam.Group(scope, 'Identity')],
    ['a role made when needed', 'AWS::IAM::Role', (scope) => {
      const role = new iam.LazyRole(scope, 'Identity', { assumedBy: new iam.AccountRootPrincipal() });
      expect(role.roleName).toBeDefined(); // now it is needed
      return role;
    }],
  ])('attaches the managed policy to %s', (_, type, identity) => {
    give(identity(stack));
    Template.fromStack(stack).hasResourceProperties(type, {
      ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonElastiCacheFullAccess']] }],
    });
  });

  test.each<[string, (scope: Construct) => iam.IIdentity]>([
    ['an imported role', (scope) => iam.Role.fromRoleName(scope, 'Identity', 'deploy')],
    ['an immutable role', () => someRole('Identity').withoutPolicyUpdates()],
    ['an imported user', (scope) => iam.User.fromUserName(scope, 'Identity', 'me')],
    ['an imported group', (scope) => iam.Group.fromGroupName(scope, 'Identity', 'us')],
  ])('fails for %s, which would not get it', (_, identity) => {
    expect(() => give(identity(stack))).toThrow(/Stack\/Permissions cannot attach AmazonElastiCacheFullAccess to Stack\/.*Identity.*: it is imported or immutable; attach/);
  });
});

test.each([{}, { create: [], fullAccess: [] }])('fails if nothing is granted: %p', (props) => {
  expect(() => new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', props)).toThrow(
    'Stack/Permissions grants nothing: give create, delete, updateDescription or fullAccess at least one grantee');
});

test('fails for a grantee whose policy cannot be changed', () => {
  const create = [new iam.ServicePrincipal('codebuild.amazonaws.com')];
  expect(() => new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', { create })).toThrow(/cannot grant .*codebuild/);
});

test('the same grantee may get all', () => {
  const role = someRole('Admin');
  new ElastiCacheServiceLinkedRolePermissions(stack, 'Permissions', { create: [role], delete: [role], updateDescription: [role], fullAccess: [role] });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: Array.from({ length: 4 }, () => Match.anyValue()) } });
});
