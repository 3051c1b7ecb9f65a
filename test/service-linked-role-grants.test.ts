import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRoleGrants, ElastiCacheServiceLinkedRoleStatements } from '../src';

const KINDS = ['create', 'delete', 'updateDescription'] as const;

/** The statements as they stand in the template; test/statements.test.ts compares them with the documented ones. */
const statements = (kind: typeof KINDS[number]) =>
  stack.resolve(ElastiCacheServiceLinkedRoleStatements[kind]().map((statement) => statement.toStatementJson()));

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
});

describe.each(KINDS)('%s', (kind) => {
  const grant = (grantee: iam.IGrantable) => ElastiCacheServiceLinkedRoleGrants.fromAccount(stack)[kind](grantee);

  test.each<[string, string, (scope: Construct) => iam.IGrantable]>([
    ['a role', 'AWS::IAM::Policy', (scope) => new iam.Role(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() })],
    ['an imported role', 'AWS::IAM::Policy', (scope) => iam.Role.fromRoleName(scope, 'Grantee', 'deploy')],
    ['an imported role of this account', 'AWS::IAM::Policy', (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy')],
    ['a user', 'AWS::IAM::Policy', (scope) => new iam.User(scope, 'Grantee')],
    ['a group', 'AWS::IAM::Policy', (scope) => new iam.Group(scope, 'Grantee')],
    ['a managed policy', 'AWS::IAM::ManagedPolicy', (scope) => new iam.ManagedPolicy(scope, 'Grantee')],
    ['a role made when needed', 'AWS::IAM::Policy', (scope) => {
      const role = new iam.LazyRole(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
      expect(role.roleName).toBeDefined(); // now it is needed
      return role;
    }],
    ['a function', 'AWS::IAM::Policy', (scope) => new lambda.Function(scope, 'Grantee', {
      runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromInline('//'),
    })],
  ])('is granted to %s', (_, type, grantee) => {
    const result = grant(grantee(stack));
    expect(result.success).toBe(true);
    Template.fromStack(stack).hasResourceProperties(type, { PolicyDocument: { Statement: statements(kind) } });
  });

  test('twice is granted once', () => {
    const role = new iam.Role(stack, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
    grant(role);
    grant(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: statements(kind) } });
  });

  test('to a customized role is reported', () => {
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Grantee': 'deploy' } });
    const role = new iam.Role(stack, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
    expect(grant(role).success).toBe(true);
  });

  test.each<[string, RegExp, (scope: Construct) => iam.IGrantable]>([
    ['a service principal', /cannot grant .*codebuild\.amazonaws\.com.* to .* the service-linked role: its policy cannot be changed from here; grant it to/,
      () => new iam.ServicePrincipal('codebuild.amazonaws.com')],
    ['an account', /its policy cannot be changed/, () => new iam.AccountPrincipal('210987654321')],
    ['an immutable imported role', /cannot grant Stack\/Grantee to .*its policy cannot be changed/,
      (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy', { mutable: false })],
    ['an imported role of another account', /cannot grant Stack\/Grantee to .*its policy cannot be changed/,
      (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::210987654321:role/deploy')],
    ['a role without policy updates', /its policy cannot be changed/,
      (scope) => new iam.Role(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() }).withoutPolicyUpdates()],
    ['an imported managed policy', /cannot grant Stack\/Grantee to .*its policy cannot be changed/,
      (scope) => iam.ManagedPolicy.fromManagedPolicyName(scope, 'Grantee', 'policy') as unknown as iam.IGrantable],
    ['a function without a known role', /cannot grant Stack\/Grantee to .*its policy cannot be changed/,
      (scope) => lambda.Function.fromFunctionArn(scope, 'Grantee', 'arn:aws:lambda:eu-west-1:123456789012:function:theirs')],
    ['a principal without a name', /cannot grant UnknownPrincipal to/,
      (scope) => new iam.UnknownPrincipal({ resource: scope })],
  ])('fails for %s, by its name', (_, message, grantee) => {
    expect(() => grant(grantee(stack))).toThrow(message);
  });
});

test('what uses a grant can wait for it', () => {
  const role = new iam.Role(stack, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
  const user = new iam.CfnUser(stack, 'User');
  ElastiCacheServiceLinkedRoleGrants.fromAccount(stack).delete(role).applyBefore(user);
  Template.fromStack(stack).hasResource('AWS::IAM::User', { DependsOn: [Match.stringLikeRegexp('GranteeDefaultPolicy')] });
});

test('a declared role and one referred to grant the same', () => {
  const policies = [new ElastiCacheServiceLinkedRole(stack, 'Role'), ElastiCacheServiceLinkedRole.fromAccount(stack, 'Account')].map((role, i) => {
    const policy = new iam.ManagedPolicy(stack, `Policy${i}`);
    role.grants.create(policy);
    return stack.resolve(policy.document);
  });
  expect(policies[0]).toEqual(policies[1]);
});
