import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { permissionsOf } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRoleStatements } from '../src';

/** What each method allows, as messages state it. */
const VERBS = { create: 'create', delete: 'delete', updateDescription: 'update the description of' } as const;
type Kind = keyof typeof VERBS;

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
});

const grants = () => ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role').grants;
const roleIn = (scope: Construct) => new iam.Role(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });

/** What the statements allow; service-linked-role-statements.test.ts compares them with the documented ones. */
const documented = (kind: Kind) =>
  permissionsOf(stack.resolve(ElastiCacheServiceLinkedRoleStatements[kind]().map((statement) => statement.toStatementJson())));

/** What the managed policies in the template allow, or the others if there are none. */
function allowed(): unknown[] {
  const policies = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'].map((type) => Object.values(Template.fromStack(stack).findResources(type)));
  return permissionsOf(policies.find(({ length }) => length > 0)?.flatMap(({ Properties }) => Properties.PolicyDocument.Statement) ?? []);
}

type GranteeIn = (scope: Construct) => iam.IGrantable;

const GRANTEES: [string, GranteeIn][] = [
  ['a user', (scope) => new iam.User(scope, 'Grantee')],
  ['an imported user', (scope) => iam.User.fromUserName(scope, 'Grantee', 'me')],
  ['a group', (scope) => new iam.Group(scope, 'Grantee')],
  ['an imported group', (scope) => iam.Group.fromGroupName(scope, 'Grantee', 'us')],
  ['a policy', (scope) => new iam.Policy(scope, 'Grantee', { users: [new iam.User(scope, 'User')] })],
  ['a function', (scope) => new lambda.Function(scope, 'Grantee', {
    runtime: lambda.Runtime.NODEJS_LATEST, handler: 'index.handler', code: lambda.Code.fromInline('//'),
  })],
];

/** Under Role.customizeRoles, CDK reports what these need instead of adding it to a template. */
const ROLES: [string, GranteeIn][] = [
  ['a role', roleIn],
  ['a lazy role', (scope) => {
    const role = new iam.LazyRole(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
    expect(role.roleName).toBeDefined(); // makes CDK create it
    return role;
  }],
  ['an imported role', (scope) => iam.Role.fromRoleName(scope, 'Grantee', 'deploy')],
  ['an imported role of this account', (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy')],
  ['a managed policy', (scope) => new iam.ManagedPolicy(scope, 'Grantee', {
    roles: [new iam.Role(scope, 'Other', { assumedBy: new iam.AccountRootPrincipal() })],
  })],
];

const IMMUTABLE_ROLES: [string, RegExp, GranteeIn][] = [
  ['an immutable imported role', /Stack\/Grantee/,
    (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy', { mutable: false })],
  ['an imported role of another account', /Stack\/Grantee/, (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::210987654321:role/deploy')],
];

/** What CDK wraps principals in. */
const WRAPPERS: Record<string, (grantee: iam.IGrantable) => iam.IGrantable> = {
  'conditions': ({ grantPrincipal }) => new iam.PrincipalWithConditions(grantPrincipal, { StringEquals: { 'aws:RequestTag/team': 'caches' } }),
  'session tags': ({ grantPrincipal }) => new iam.SessionTagsPrincipal(grantPrincipal),
  'session tags and conditions': (grantee) => WRAPPERS['session tags'](WRAPPERS.conditions(grantee)),
};

const functionWithoutRole: GranteeIn = (scope) =>
  lambda.Function.fromFunctionArn(scope, 'Grantee', 'arn:aws:lambda:eu-west-1:123456789012:function:theirs');

const REFUSED: [string, RegExp, GranteeIn][] = [
  ['a role without policy updates', /Stack\/.*Grantee.*/, (scope) => roleIn(scope).withoutPolicyUpdates()],
  ['a function imported without its role', /Stack\/Grantee/, functionWithoutRole],
  ['a function without a role in a wrapper', /UnknownPrincipal/, (scope) => WRAPPERS['session tags'](functionWithoutRole(scope))],
  ['nothing', /undefined/, () => undefined as unknown as iam.IGrantable],
  ['null', /null/, () => null as unknown as iam.IGrantable],
  ['a service principal', /ServicePrincipal\(codebuild\.amazonaws\.com\)/, () => new iam.ServicePrincipal('codebuild.amazonaws.com')],
  ['an account', /AccountPrincipal\(210987654321\)/, () => new iam.AccountPrincipal('210987654321')],
  ['a principal with a token as its name', /ArnPrincipal/, (scope) => new iam.ArnPrincipal(Stack.of(scope).stackId)],
  ['the ElastiCache role itself', /Stack\/Grantee/, (scope) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Grantee')],
  ['an imported managed policy', /the managed policy guardrails/,
    (scope) => iam.ManagedPolicy.fromManagedPolicyName(scope, 'Grantee', 'guardrails') as unknown as iam.IGrantable],
  ['an AWS managed policy', /the managed policy AmazonElastiCacheFullAccess/,
    () => iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonElastiCacheFullAccess') as unknown as iam.IGrantable],
  ['a grantee of another library that does not report success', /Theirs/, () => {
    class Theirs extends iam.PrincipalBase {
      public readonly policyFragment = new iam.PrincipalPolicyFragment({ AWS: ['theirs'] });
      public dedupeString() { return undefined; }
      public toString() { return Object.prototype.toString.call(this); } // as a class without this method
    }
    return new Theirs();
  }],
];

describe.each(Object.keys(VERBS) as Kind[])('%s', (kind) => {
  test.each([...GRANTEES, ...ROLES])('is granted to %s', (_, grantee) => {
    expect(grants()[kind](grantee(stack)).success).toBe(true);
    expect(allowed()).toEqual(documented(kind));
  });

  test.each([...REFUSED, ...IMMUTABLE_ROLES])('fails for %s, which the message names', (_, name, grantee) => {
    expect(() => grants()[kind](grantee(stack))).toThrow(new RegExp(`^Stack/Role: cannot grant ${name.source} permission to ${VERBS[kind]} the service-linked role, `
      + 'because CDK cannot add statements to its policy\\. Grant it to a role'));
  });

  test.each<[string, GranteeIn]>([
    ...ROLES,
    ...IMMUTABLE_ROLES.map(([name, , grantee]): [string, GranteeIn] => [name, grantee]),
  ])('is reported for %s under Role.customizeRoles', (_, grantee) => {
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Other': 'other', 'Stack/Grantee': 'grantee', 'Stack/Grantee/Default': 'grantee' } });
    expect(grants()[kind](grantee(stack)).success).toBe(true);
    expect(allowed()).toEqual([]);
    const report = readFileSync(join((stack.node.root as App).synth().directory, 'iam-policy-report.txt'), 'utf8');
    for (const action of ElastiCacheServiceLinkedRoleStatements[kind]().flatMap(({ actions }) => actions)) {
      expect(report).toContain(action);
    }
  });

  test('is granted to a grantee of another library that reports success', () => {
    const statements: iam.PolicyStatement[] = [];
    class Grantee extends iam.PrincipalBase {
      public readonly policyFragment = new iam.PrincipalPolicyFragment({});
      public dedupeString() { return undefined; }
      public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
        statements.push(statement);
        return { statementAdded: true, policyDependable: stack };
      }
    }
    expect(grants()[kind](new Grantee()).success).toBe(true);
    expect(permissionsOf(stack.resolve(statements.map((statement) => statement.toStatementJson())))).toEqual(documented(kind));
  });
});

describe.each(Object.entries(WRAPPERS))('a role in %s', (_, wrap) => {
  test('is granted if CDK can change it', () => {
    expect(grants().create(wrap(roleIn(stack))).success).toBe(true);
    expect(allowed()).toEqual(documented('create'));
  });

  test.each(IMMUTABLE_ROLES)('fails if it is %s', (__, name, grantee) => {
    expect(() => grants().create(wrap(grantee(stack)))).toThrow(new RegExp(`^Stack/Role: cannot grant ${name.source} permission to create`));
  });
});

test('fails for a grantee that accepts only one of the statements', () => {
  class Grantee extends iam.PrincipalBase {
    public readonly policyFragment = new iam.PrincipalPolicyFragment({});
    public dedupeString() { return undefined; }
    public addToPrincipalPolicy({ conditions }: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
      return { statementAdded: Object.keys(conditions).length > 0, policyDependable: stack };
    }
  }
  expect(() => grants().delete(new Grantee())).toThrow('Stack/Role: cannot grant');
});

test('what uses a grant can wait for it', () => {
  const user = new iam.CfnUser(stack, 'User');
  grants().delete(roleIn(stack)).applyBefore(user);
  Template.fromStack(stack).hasResource('AWS::IAM::User', { DependsOn: [Match.stringLikeRegexp('GranteeDefaultPolicy')] });
});
