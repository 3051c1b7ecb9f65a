import { App, CfnOutput, CfnParameter, CfnResource, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, type IElastiCacheServiceLinkedRole } from '../src';

const TYPE = 'Custom::ElastiCacheServiceLinkedRole';
const CACHE = 'AWS::ElastiCache::ServerlessCache';
const DECLARATION = 'CustomElastiCacheServiceLinkedRole';
const ALL_FOUR = [DECLARATION, `${DECLARATION}Handler`, `${DECLARATION}HandlerLogGroup`, `${DECLARATION}HandlerRole`];

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

const cacheIn = (scope: Construct) => new CfnResource(scope, 'Cache', { type: CACHE });

/** Logical ID -> what the resource depends on. */
function dependenciesIn(of: Stack): Record<string, string[]> {
  const resources = Template.fromStack(of).toJSON().Resources as Record<string, { readonly DependsOn?: string[] }>;
  return Object.fromEntries(Object.entries(resources).map(([id, { DependsOn = [] }]) => [id, DependsOn]));
}

describe('props', () => {
  test('by default the role is retained, keeps its description, and is 60 seconds old', () => {
    new ElastiCacheServiceLinkedRole(stack, 'Role');
    Template.fromStack(stack).hasResource(TYPE, {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': [`${DECLARATION}Handler`, 'Arn'] },
        ServiceTimeout: '960',
        PropagationDelay: '60',
        DeleteRole: 'false',
        Description: Match.absent(),
        Trigger: Match.absent(),
      },
    });
  });

  test.each([
    [RemovalPolicy.DESTROY, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }, 'true'],
    [RemovalPolicy.RETAIN, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }, 'false'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }, 'true'],
  ])('removalPolicy %s becomes CloudFormation\'s and tells the handler whether it may delete', (removalPolicy, policies, DeleteRole) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { removalPolicy });
    Template.fromStack(stack).hasResource(TYPE, { ...policies, Properties: { DeleteRole } });
  });

  test.each(['x'.repeat(1000), 'Für ElastiCache\t\n\r ~¡ÿ', ''])('description %p is passed to the handler', (description) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { description });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Description: description });
  });

  test.each([
    [Duration.seconds(0), '0'],
    [Duration.minutes(10), '600'],
    [Duration.millis(1500), '1.5'],
  ])('propagationDelay %s is passed to the handler in seconds', (propagationDelay, PropagationDelay) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { propagationDelay });
    Template.fromStack(stack).hasResourceProperties(TYPE, { PropagationDelay });
  });

  test('a changed trigger changes the custom resource alone', () => {
    const templates = ['Monday', 'Tuesday'].map((trigger) => {
      const fresh = new Stack(new App(), 'Stack');
      new ElastiCacheServiceLinkedRole(fresh, 'Role', { trigger });
      return Template.fromStack(fresh).toJSON();
    });
    expect(templates.map(({ Resources }) => Resources[DECLARATION].Properties.Trigger)).toEqual(['Monday', 'Tuesday']);
    templates.forEach(({ Resources }) => delete Resources[DECLARATION].Properties.Trigger);
    expect(templates[0]).toEqual(templates[1]);
  });

  test('tokens are passed on unchecked', () => {
    const [description, trigger] = ['Description', 'Trigger'].map((id) => new CfnParameter(stack, id).valueAsString);
    const delay = new CfnParameter(stack, 'Delay', { type: 'Number' });
    new ElastiCacheServiceLinkedRole(stack, 'Role', { description, trigger, propagationDelay: Duration.seconds(delay.valueAsNumber) });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Description: { Ref: 'Description' }, Trigger: { Ref: 'Trigger' }, PropagationDelay: { Ref: 'Delay' },
    });
  });

  test('props can be an object with getters', () => {
    class Props {
      public get description() { return 'from a getter'; }
      public get removalPolicy() { return RemovalPolicy.DESTROY; }
      public get propagationDelay() { return Duration.seconds(5); }
      public get trigger() { return 'now'; }
    }
    new ElastiCacheServiceLinkedRole(stack, 'Role', new Props());
    Template.fromStack(stack).hasResource(TYPE, {
      DeletionPolicy: 'Delete',
      Properties: { Description: 'from a getter', DeleteRole: 'true', PropagationDelay: '5', Trigger: 'now' },
    });
  });

  test('fails on a value out of bounds, naming the path of the construct', () => {
    expect(() => new ElastiCacheServiceLinkedRole(new Construct(stack, 'Platform'), 'Role', { description: '€' })).toThrow(
      'Stack/Platform/Role: description contains U+20AC');
  });
});

describe('attributes', () => {
  test('come from the custom resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    expect(stack.resolve([role.roleArn, role.roleName, role.roleId, role.createDate])).toEqual(
      ['RoleArn', 'RoleName', 'RoleId', 'CreateDate'].map((name) => ({ 'Fn::GetAtt': [DECLARATION, name] })));
  });

  test('of a nested stack can be used in its parent', () => {
    const nested = new NestedStack(stack, 'Nested');
    new CfnOutput(stack, 'RoleArn', { value: new ElastiCacheServiceLinkedRole(nested, 'Role').roleArn });
    Template.fromStack(stack).hasOutput('RoleArn', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Nested'), Match.stringLikeRegexp('^Outputs.*RoleArn$')] } });
  });

  test('an escape hatch reaches the custom resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    (role.node.defaultChild as CfnResource).addPropertyOverride('ServiceTimeout', 1200);
    Template.fromStack(stack).hasResourceProperties(TYPE, { ServiceTimeout: 1200 });
  });
});

describe('as a grantee', () => {
  const grantees: [string, (scope: Construct) => IElastiCacheServiceLinkedRole][] = [
    ['a declared role', (scope) => new ElastiCacheServiceLinkedRole(scope, 'Role')],
    ['the account\'s role', (scope) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Role')],
  ];

  test.each(grantees)('%s is granted in the policy of the resource, under its ARN', (_, grantee) => {
    const role = grantee(stack);
    new kms.Key(stack, 'Key').grantDecrypt(role);
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Principal: { AWS: stack.resolve(role.roleArn) } })]) },
    });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });

  test.each(grantees)('%s is granted so under Role.customizeRoles, too', (_, grantee) => {
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Role/HandlerRole': 'handler' } });
    new kms.Key(stack, 'Key').grantDecrypt(grantee(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt' })]) },
    });
  });
});

describe('fromAccount', () => {
  test('refers to the account\'s role and declares nothing', () => {
    const role = ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role');
    expect(stack.resolve(role.roleArn)).toEqual({
      'Fn::Join': ['', [
        'arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' },
        ':role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache',
      ]],
    });
    expect(role.roleName).toBe('AWSServiceRoleForElastiCache');
    cacheIn(stack).node.addDependency(role);
    expect(dependenciesIn(stack)).toEqual({ Cache: [] });
  });

  test.each([['us-east-1', 'aws'], ['cn-north-1', 'aws-cn'], ['us-gov-west-1', 'aws-us-gov']])('in %s the ARN has the partition %s', (region, partition) => {
    const literal = new App({ postCliContext: { '@aws-cdk/core:enablePartitionLiterals': true } });
    const role = ElastiCacheServiceLinkedRole.fromAccount(new Stack(literal, 'Stack', { env: { region, account: '123456789012' } }), 'Role');
    expect(role.roleArn).toBe(`arn:${partition}:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache`);
  });
});

test('a declared role and one that is referred to grant others the same', () => {
  const policies = [new ElastiCacheServiceLinkedRole(stack, 'Role'), ElastiCacheServiceLinkedRole.fromAccount(stack, 'Account')].map((role, i) => {
    const policy = new iam.ManagedPolicy(stack, `Policy${i}`);
    role.grants.create(policy);
    return stack.resolve(policy.document);
  });
  expect(policies[0].Statement).not.toEqual([]);
  expect(policies[0]).toEqual(policies[1]);
});

describe('dependencies', () => {
  test.each<[string, (scope: Construct) => Construct]>([
    ['the construct', (scope) => new ElastiCacheServiceLinkedRole(scope, 'Role')],
    ['a construct that shares the declaration of another', (scope) => {
      new ElastiCacheServiceLinkedRole(scope, 'First');
      return new ElastiCacheServiceLinkedRole(scope, 'Role');
    }],
  ])('on %s reach the custom resource', (_, declare) => {
    cacheIn(stack).node.addDependency(declare(stack));
    expect(dependenciesIn(stack).Cache).toEqual([DECLARATION]);
  });

  test('on a construct that contains it reach the custom resource', () => {
    const platform = new Construct(stack, 'Platform');
    new ElastiCacheServiceLinkedRole(new Construct(platform, 'Baseline'), 'Role');
    cacheIn(stack).node.addDependency(platform);
    expect(dependenciesIn(stack).Cache).toContain(DECLARATION);
  });

  test('from another stack make that stack wait', () => {
    const other = new Stack(app, 'Other');
    cacheIn(other).node.addDependency(new ElastiCacheServiceLinkedRole(stack, 'Role'));
    app.synth();
    expect(other.dependencies).toEqual([stack]);
  });

  test('from a nested stack make that stack wait', () => {
    cacheIn(new NestedStack(stack, 'Nested')).node.addDependency(new ElastiCacheServiceLinkedRole(stack, 'Role'));
    Template.fromStack(stack).hasResource('AWS::CloudFormation::Stack', { DependsOn: [DECLARATION] });
  });

  test.each(['Role', 'Sharing'])('of %s hold back all four resources', (id) => {
    const roles = ['Role', 'Sharing'].map((each) => new ElastiCacheServiceLinkedRole(stack, each));
    const vpc = new Construct(stack, 'Vpc');
    new CfnResource(vpc, 'Endpoint', { type: 'AWS::EC2::VPCEndpoint' });
    roles.find(({ node }) => node.id === id)!.node.addDependency(vpc); // even after the declaration
    const dependencies = dependenciesIn(stack);
    for (const resource of ALL_FOUR) {
      expect(dependencies[resource]).toEqual([expect.stringMatching(/^VpcEndpoint/)]);
    }
  });

  test.each<[string, (first: Construct, second: Construct) => void]>([
    ['the second of two constructs on the first', (first, second) => second.node.addDependency(first)],
    ['the first of two constructs on the second', (first, second) => first.node.addDependency(second)],
    ['the stack on the construct', (first) => stack.node.addDependency(first)],
  ])('of %s do not make the declaration wait for itself', (_, addDependency) => {
    const [first, second] = ['First', 'Second'].map((id) => new ElastiCacheServiceLinkedRole(stack, id));
    cacheIn(stack).node.addDependency(second);
    addDependency(first, second);
    expect(dependenciesIn(stack)).toEqual({ ...Object.fromEntries(ALL_FOUR.map((id) => [id, []])), Cache: [DECLARATION] });
  });
});
