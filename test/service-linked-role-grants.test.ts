import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { permissionsOf } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRoleStatements } from '../src';

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
});

const grantsIn = (scope: Construct) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Role').grants;
const roleIn = (scope: Construct) => new iam.Role(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
const immutableRoleIn = (scope: Construct) =>
  iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy', { mutable: false });
const functionWithoutRoleIn = (scope: Construct) =>
  lambda.Function.fromFunctionArn(scope, 'Grantee', 'arn:aws:lambda:eu-west-1:123456789012:function:theirs');

/** What the policies in the template allow. */
function allowed(): unknown[] {
  const template = Template.fromStack(stack);
  const policies = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'].flatMap((type) => Object.values(template.findResources(type)));
  return permissionsOf(policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement));
}

/** What the documented statements allow; service-linked-role-statements.test.ts has them. */
function documented(kind: 'create' | 'delete' | 'updateDescription'): unknown[] {
  return permissionsOf(stack.resolve(ElastiCacheServiceLinkedRoleStatements[kind]().map((statement) => statement.toStatementJson())));
}

/** A principal of another library, which accepts some statements. */
class OtherPrincipal extends iam.PrincipalBase {
  public readonly policyFragment = new iam.PrincipalPolicyFragment({});
  constructor(private readonly accepts: (statement: iam.PolicyStatement) => boolean) { super(); }
  public dedupeString() { return undefined; }
  public toString() { return Object.prototype.toString.call(this); } // as a class without this method
  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    return { statementAdded: this.accepts(statement), policyDependable: stack };
  }
}

test.each([
  ['create', 'create'],
  ['delete', 'delete'],
  ['updateDescription', 'update the description of'],
] as const)('%s grants the documented statements, or fails', (kind, verb) => {
  const grants = grantsIn(stack);
  expect(grants[kind](roleIn(stack)).success).toBe(true);
  expect(allowed()).toEqual(documented(kind));
  expect(() => grants[kind](new iam.ServicePrincipal('codebuild.amazonaws.com'))).toThrow(
    `Stack/Role: cannot grant ServicePrincipal(codebuild.amazonaws.com) permission to ${verb} the service-linked role, `
    + 'because CDK cannot add statements to its policy. Grant it to a role, user, group, or managed policy of this app, '
    + 'or add ElastiCacheServiceLinkedRoleStatements to its policy where that is defined.');
});

test.each<[string, (scope: Construct) => iam.IGrantable]>([
  ['an imported role', (scope) => iam.Role.fromRoleName(scope, 'Grantee', 'deploy')],
  ['a user', (scope) => new iam.User(scope, 'Grantee')],
  ['a group', (scope) => new iam.Group(scope, 'Grantee')],
  ['a managed policy', (scope) => new iam.ManagedPolicy(scope, 'Grantee', { users: [new iam.User(scope, 'User')] })],
  ['a function', (scope) => new lambda.Function(scope, 'Grantee', {
    runtime: lambda.Runtime.NODEJS_LATEST, handler: 'index.handler', code: lambda.Code.fromInline('//'),
  })],
])('%s can be a grantee', (_, grantee) => {
  expect(grantsIn(stack).delete(grantee(stack)).success).toBe(true);
  expect(allowed()).toEqual(documented('delete'));
});

test('a principal of another library can be a grantee', () => {
  expect(grantsIn(stack).delete(new OtherPrincipal(() => true)).success).toBe(true);
});

test.each([
  ['a role', roleIn],
  ['an imported role', (scope: Construct) => iam.Role.fromRoleName(scope, 'Grantee', 'deploy')],
  ['an immutable imported role', immutableRoleIn],
])('%s can be a grantee under Role.customizeRoles, which reports the permission', (_, grantee) => {
  iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Grantee': 'grantee' } });
  expect(grantsIn(stack).create(grantee(stack)).success).toBe(true);
  expect(allowed()).toEqual([]);
  expect(readFileSync(join(app.synth().directory, 'iam-policy-report.txt'), 'utf8')).toContain('iam:CreateServiceLinkedRole');
});

test.each<[string, string, (scope: Construct) => iam.IGrantable]>([
  ['an immutable imported role', 'Stack/Grantee', immutableRoleIn],
  ['an imported role of another account', 'Stack/Grantee', (scope) =>
    iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::210987654321:role/deploy')],
  ['a role without policy updates', 'Stack/ImmutableRoleGrantee', (scope) => roleIn(scope).withoutPolicyUpdates()],
  ['a function imported without its role', 'Stack/Grantee', functionWithoutRoleIn],
  ['the ElastiCache role itself', 'Stack/Grantee', (scope) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Grantee')],
  ['null', 'null', () => null as unknown as iam.IGrantable],
  ['a principal with a token as its name', 'ArnPrincipal', (scope) => new iam.ArnPrincipal(Stack.of(scope).stackId)],
  ['an imported managed policy', 'the managed policy guardrails', (scope) =>
    iam.ManagedPolicy.fromManagedPolicyName(scope, 'Grantee', 'guardrails') as unknown as iam.IGrantable],
  ['a principal that accepts one of the statements', 'OtherPrincipal', () =>
    new OtherPrincipal(({ conditions }) => Object.keys(conditions).length > 0)],
])('%s cannot be a grantee, and the message names it', (_, name, grantee) => {
  expect(() => grantsIn(stack).delete(grantee(stack))).toThrow(`Stack/Role: cannot grant ${name} permission to delete`);
});

test('a principal in wrappers can be a grantee, unless CDK cannot add statements to it', () => {
  const grants = grantsIn(stack);
  const conditions = { StringEquals: { 'aws:RequestTag/team': 'caches' } };
  const wrap = ({ grantPrincipal }: iam.IGrantable) => new iam.PrincipalWithConditions(grantPrincipal, conditions).withSessionTags();
  expect(grants.create(wrap(roleIn(stack))).success).toBe(true);
  expect(allowed()).toEqual(documented('create'));
  const immutableRole = immutableRoleIn(new Construct(stack, 'Other'));
  expect(() => grants.create(wrap(immutableRole))).toThrow('Stack/Role: cannot grant Stack/Other/Grantee permission to create');
  const functionWithoutRole = functionWithoutRoleIn(new Construct(stack, 'Another'));
  expect(() => grants.create(wrap(functionWithoutRole))).toThrow('Stack/Role: cannot grant UnknownPrincipal permission to create');
});

test('what uses a grant can wait for it', () => {
  const user = new iam.CfnUser(stack, 'User');
  grantsIn(stack).delete(roleIn(stack)).applyBefore(user);
  Template.fromStack(stack).hasResource('AWS::IAM::User', { DependsOn: [Match.stringLikeRegexp('GranteeDefaultPolicy')] });
});
