import { CfnOutput, CfnParameter, CfnResource, Duration, NestedStack, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { cacheIn, DECLARATION, dependenciesIn, newStack, TYPE } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, type IElastiCacheServiceLinkedRole } from '../src';

const ALL_FOUR = [DECLARATION, `${DECLARATION}Handler`, `${DECLARATION}HandlerLogGroup`, `${DECLARATION}HandlerRole`];

let stack: Stack;
beforeEach(() => {
  ({ stack } = newStack());
});

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
        RemovalPolicy: 'retain',
        Description: Match.absent(),
        Trigger: Match.absent(),
      },
    });
  });

  test.each([
    [RemovalPolicy.DESTROY, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }, 'destroy'],
    [RemovalPolicy.RETAIN, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }, 'retain'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }, 'retain-on-update-or-delete'],
  ])('removalPolicy %s becomes CloudFormation\'s, and a property of its own value', (removalPolicy, policies, expected) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { removalPolicy });
    Template.fromStack(stack).hasResource(TYPE, { ...policies, Properties: { RemovalPolicy: expected } });
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
      Properties: { Description: 'from a getter', RemovalPolicy: 'destroy', PropagationDelay: '5', Trigger: 'now' },
    });
  });

  test('fails on a value out of bounds, naming the path of the construct', () => {
    expect(() => new ElastiCacheServiceLinkedRole(new Construct(stack, 'Platform'), 'Role', { description: '€' })).toThrow(
      'Stack/Platform/Role: description contains U+20AC');
  });
});

describe('attributes', () => {
  test('come from the custom resource, including those of a construct that shares the declaration', () => {
    for (const id of ['First', 'Second']) {
      const role = new ElastiCacheServiceLinkedRole(stack, id);
      expect(stack.resolve([role.roleArn, role.roleName, role.roleId, role.createDate])).toEqual(
        ['RoleArn', 'RoleName', 'RoleId', 'CreateDate'].map((name) => ({ 'Fn::GetAtt': [DECLARATION, name] })));
      expect(stack.resolve((role.node.defaultChild as CfnResource).ref)).toEqual({ Ref: DECLARATION });
    }
  });

  test('of a nested stack can be used in its parent', () => {
    const nested = new NestedStack(stack, 'Nested');
    new CfnOutput(stack, 'RoleArn', { value: new ElastiCacheServiceLinkedRole(nested, 'Role').roleArn });
    Template.fromStack(stack).hasOutput('RoleArn', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Nested'), Match.stringLikeRegexp('^Outputs.*RoleArn$')] } });
  });
});

describe.each([false, true])('as a grantee, with Role.customizeRoles: %p', (customized) => {
  test.each<[string, (scope: Construct) => IElastiCacheServiceLinkedRole]>([
    ['a declared role', (scope) => new ElastiCacheServiceLinkedRole(scope, 'Role')],
    ['the account\'s role', (scope) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Role')],
  ])('%s is granted in the policy of the resource, under its ARN', (_, grantee) => {
    if (customized) {
      iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Role/HandlerRole': 'handler' } });
    }
    const role = grantee(stack);
    new kms.Key(stack, 'Key').grantDecrypt(role);
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Principal: { AWS: stack.resolve(role.roleArn) } })]) },
    });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });
});

test('fromAccount refers to the account\'s role and declares nothing', () => {
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

describe('dependencies', () => {
  test('on the construct, or on one that shares its declaration, reach the custom resource', () => {
    const [first, second] = ['First', 'Second'].map((id) => new ElastiCacheServiceLinkedRole(stack, id));
    cacheIn(stack, 'Cache').node.addDependency(first);
    cacheIn(stack, 'Sharing').node.addDependency(second);
    expect(dependenciesIn(stack)).toMatchObject({ Cache: [DECLARATION], Sharing: [DECLARATION] });
  });

  test('on a construct that contains it reach the custom resource', () => {
    const platform = new Construct(stack, 'Platform');
    new ElastiCacheServiceLinkedRole(new Construct(platform, 'Baseline'), 'Role');
    cacheIn(stack).node.addDependency(platform);
    expect(dependenciesIn(stack).Cache).toContain(DECLARATION);
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
    ['the second of two constructs on one that contains the first', (first, second) => second.node.addDependency(first.node.scope!)],
    ['the first of two constructs on the second', (first, second) => first.node.addDependency(second)],
    ['the stack on the construct', (first) => stack.node.addDependency(first)],
  ])('of %s do not make the declaration wait for itself', (_, addDependency) => {
    const first = new ElastiCacheServiceLinkedRole(new Construct(stack, 'Platform'), 'First');
    addDependency(first, new ElastiCacheServiceLinkedRole(stack, 'Second'));
    expect(dependenciesIn(stack)).toEqual(Object.fromEntries(ALL_FOUR.map((id) => [id, []])));
  });
});
