import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { permissionsOf } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, ElastiCacheServiceLinkedRoleStatements } from '../src';

const KINDS = ['create', 'delete', 'updateDescription'] as const;

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
});

const grants = () => ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role').grants;
const roleIn = (scope: Construct) => new iam.Role(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });

/** What the statements allow; service-linked-role-statements.test.ts compares them with the documented ones. */
const documented = (kind: typeof KINDS[number]) =>
  permissionsOf(stack.resolve(ElastiCacheServiceLinkedRoleStatements[kind]().map((statement) => statement.toStatementJson())));

/** What the policies of that type in the template allow. */
const allowed = (type: string) => permissionsOf(Object.values(Template.fromStack(stack).findResources(type))
  .flatMap(({ Properties }) => Properties.PolicyDocument.Statement));

const GRANTEES: [string, string, (scope: Construct) => iam.IGrantable][] = [
  ['a user', 'AWS::IAM::Policy', (scope) => new iam.User(scope, 'Grantee')],
  ['an imported user', 'AWS::IAM::Policy', (scope) => iam.User.fromUserName(scope, 'Grantee', 'me')],
  ['a group', 'AWS::IAM::Policy', (scope) => new iam.Group(scope, 'Grantee')],
  ['an imported group', 'AWS::IAM::Policy', (scope) => iam.Group.fromGroupName(scope, 'Grantee', 'us')],
  ['a policy', 'AWS::IAM::Policy', (scope) => new iam.Policy(scope, 'Grantee', { users: [new iam.User(scope, 'User')] })],
];

/** Under Role.customizeRoles, CDK reports what these need instead of adding it to a template. */
const ROLES: [string, string, (scope: Construct) => iam.IGrantable][] = [
  ['a role', 'AWS::IAM::Policy', roleIn],
  ['a lazy role', 'AWS::IAM::Policy', (scope) => {
    const role = new iam.LazyRole(scope, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
    expect(role.roleName).toBeDefined(); // makes CDK create it
    return role;
  }],
  ['an imported role', 'AWS::IAM::Policy', (scope) => iam.Role.fromRoleName(scope, 'Grantee', 'deploy')],
  ['an imported role of this account', 'AWS::IAM::Policy', (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy')],
  ['a managed policy', 'AWS::IAM::ManagedPolicy', (scope) => new iam.ManagedPolicy(scope, 'Grantee', {
    roles: [new iam.Role(scope, 'Other', { assumedBy: new iam.AccountRootPrincipal() })],
  })],
];

const IMMUTABLE_ROLES: [string, RegExp, (scope: Construct) => iam.IGrantable][] = [
  ['an immutable imported role', /Stack\/Grantee/,
    (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::123456789012:role/deploy', { mutable: false })],
  ['an imported role of another account', /Stack\/Grantee/,
    (scope) => iam.Role.fromRoleArn(scope, 'Grantee', 'arn:aws:iam::210987654321:role/deploy')],
];

const REFUSED: [string, RegExp, (scope: Construct) => iam.IGrantable][] = [
  ['a service principal', /codebuild\.amazonaws\.com/, () => new iam.ServicePrincipal('codebuild.amazonaws.com')],
  ['an account', /AccountPrincipal/, () => new iam.AccountPrincipal('210987654321')],
  ['a principal with a token as its name', /ArnPrincipal/, (scope) => new iam.ArnPrincipal(Stack.of(scope).stackId)],
  ['the ElastiCache role itself', /Stack\/Grantee/, (scope) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Grantee')],
  ['an imported managed policy', /the managed policy guardrails/,
    (scope) => iam.ManagedPolicy.fromManagedPolicyName(scope, 'Grantee', 'guardrails') as unknown as iam.IGrantable],
  ['an AWS managed policy', /the managed policy AmazonElastiCacheFullAccess/,
    () => iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonElastiCacheFullAccess') as unknown as iam.IGrantable],
  ['a grantee of another library that does not report success', /theirs/, () => {
    class Grantee extends iam.PrincipalBase {
      public readonly policyFragment = new iam.PrincipalPolicyFragment({ AWS: ['theirs'] });
      public dedupeString() { return undefined; }
    }
    return new Grantee();
  }],
];

describe.each(KINDS)('%s', (kind) => {
  const refused = (name: RegExp) => new RegExp(`^Stack/Role: cannot grant (.*${name.source}.*) permission to .* the service-linked role, `
    + 'because CDK cannot add statements to its policy\\. Grant it to a role');

  test.each([...GRANTEES, ...ROLES])('is granted to %s', (_, type, grantee) => {
    expect(grants()[kind](grantee(stack)).success).toBe(true);
    expect(allowed(type)).toEqual(documented(kind));
  });

  test.each([...REFUSED, ...IMMUTABLE_ROLES])('fails for %s, which the message names', (_, name, grantee) => {
    expect(() => grants()[kind](grantee(stack))).toThrow(refused(name));
  });

  describe('under Role.customizeRoles', () => {
    beforeEach(() => iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Other': 'other', 'Stack/Grantee': 'grantee', 'Stack/Grantee/Default': 'grantee' } }));

    test.each(GRANTEES)('is granted to %s', (_, type, grantee) => {
      expect(grants()[kind](grantee(stack)).success).toBe(true);
      expect(allowed(type)).toEqual(documented(kind));
    });

    test.each<[string, unknown, (scope: Construct) => iam.IGrantable]>([...ROLES, ...IMMUTABLE_ROLES])('is reported for %s', (_, __, grantee) => {
      expect(grants()[kind](grantee(stack)).success).toBe(true);
      expect(allowed('AWS::IAM::Policy')).toEqual([]);
      const report = readFileSync(join((stack.node.root as App).synth().directory, 'iam-policy-report.txt'), 'utf8');
      for (const action of ElastiCacheServiceLinkedRoleStatements[kind]().flatMap(({ actions }) => actions)) {
        expect(report).toContain(action);
      }
    });

    test.each(REFUSED)('fails for %s, which the message names', (_, name, grantee) => {
      expect(() => grants()[kind](grantee(stack))).toThrow(refused(name));
    });
  });

  test('is granted to a function', () => {
    const grantee = new lambda.Function(stack, 'Grantee', {
      runtime: lambda.Runtime.NODEJS_LATEST, handler: 'index.handler', code: lambda.Code.fromInline('//'),
    });
    expect(grants()[kind](grantee).success).toBe(true);
    expect(allowed('AWS::IAM::Policy')).toEqual(documented(kind));
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

  test('for a function without a known role is left to the warning of CDK, which has the statements', () => {
    grants()[kind](lambda.Function.fromFunctionArn(stack, 'Grantee', 'arn:aws:lambda:eu-west-1:123456789012:function:theirs'));
    Annotations.fromStack(stack).hasWarning('/Stack/Grantee', Match.stringLikeRegexp('Add statement to this resource\'s role: .*iam:'));
  });

  test('fails for a role without policy updates', () => {
    expect(() => grants()[kind](roleIn(stack).withoutPolicyUpdates())).toThrow(/cannot grant Stack\/.*Grantee.* permission/);
  });

  test('is granted once to a grantee that gets it twice', () => {
    const role = roleIn(stack);
    const { grants: facade } = ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role');
    facade[kind](role);
    facade[kind](role);
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(Properties.PolicyDocument.Statement.length).toBeLessThanOrEqual(ElastiCacheServiceLinkedRoleStatements[kind]().length);
    expect(allowed('AWS::IAM::Policy')).toEqual(documented(kind));
  });
});

test('what uses a grant can wait for it', () => {
  const user = new iam.CfnUser(stack, 'User');
  grants().delete(roleIn(stack)).applyBefore(user);
  Template.fromStack(stack).hasResource('AWS::IAM::User', { DependsOn: [Match.stringLikeRegexp('GranteeDefaultPolicy')] });
});
