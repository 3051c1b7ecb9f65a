import { type App, CfnOutput, CfnParameter, CfnResource, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { cacheIn, DECLARATION, dependenciesIn, newStack, TYPE } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, type IElastiCacheServiceLinkedRole } from '../src';

const ALL_FOUR = [DECLARATION, `${DECLARATION}Handler`, `${DECLARATION}HandlerLogGroup`, `${DECLARATION}HandlerRole`];

let app: App;
let stack: Stack;
beforeEach(() => {
  ({ app, stack } = newStack());
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

  test('fails on a value out of bounds, naming the path of the construct', () => {
    expect(() => new ElastiCacheServiceLinkedRole(new Construct(stack, 'Platform'), 'Role', { description: '€' })).toThrow(
      'Stack/Platform/Role: description contains U+20AC');
  });
});

describe('attributes', () => {
  test('come from the custom resource of the construct', () => {
    for (const [id, logicalId] of [['First', DECLARATION], ['Second', `${DECLARATION}2`]]) {
      const role = new ElastiCacheServiceLinkedRole(stack, id);
      expect(stack.resolve([role.roleArn, role.roleName, role.roleId, role.createDate])).toEqual(
        ['RoleArn', 'RoleName', 'RoleId', 'CreateDate'].map((name) => ({ 'Fn::GetAtt': [logicalId, name] })));
      expect(stack.resolve((role.node.defaultChild as CfnResource).ref)).toEqual({ Ref: logicalId });
    }
  });

  test('of a nested stack can be used in its parent', () => {
    const nested = new NestedStack(stack, 'Nested');
    new CfnOutput(stack, 'RoleArn', { value: new ElastiCacheServiceLinkedRole(nested, 'Role').roleArn });
    Template.fromStack(stack).hasOutput('RoleArn', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Nested'), Match.stringLikeRegexp('^Outputs.*RoleArn$')] } });
  });
});

test.each<[string, (scope: Construct) => IElastiCacheServiceLinkedRole]>([
  ['a declared role', (scope) => new ElastiCacheServiceLinkedRole(scope, 'Role')],
  ['the account\'s role', (scope) => ElastiCacheServiceLinkedRole.fromAccount(scope, 'Role')],
])('%s is granted in the policy of the resource, under its ARN', (_, grantee) => {
  const role = grantee(stack);
  new kms.Key(stack, 'Key').grantDecrypt(role);
  Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Principal: { AWS: stack.resolve(role.roleArn) } })]) },
  });
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
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
  const SECOND = `${DECLARATION}2`;
  let box: Construct;
  let first: ElastiCacheServiceLinkedRole;
  let second: ElastiCacheServiceLinkedRole;
  beforeEach(() => {
    first = new ElastiCacheServiceLinkedRole(stack, 'First');
    box = new Construct(stack, 'Box');
    second = new ElastiCacheServiceLinkedRole(new Construct(box, 'Inner'), 'Second');
  });

  test('on a construct, or on one that contains it, reach its custom resource alone', () => {
    cacheIn(stack, 'OfFirst').node.addDependency(first);
    cacheIn(stack, 'OfSecond').node.addDependency(second);
    cacheIn(stack, 'OfBox').node.addDependency(box);
    expect(dependenciesIn(stack)).toMatchObject({ OfFirst: [DECLARATION], OfSecond: [SECOND], OfBox: [SECOND] });
  });

  test.each<[string, () => Construct, string[]]>([
    ['the construct that holds the function', () => first, ALL_FOUR],
    ['another construct', () => second, [SECOND]],
    ['a construct that contains another one', () => box, [SECOND]],
  ])('of %s hold back its resources', (_, dependent, resources) => {
    const [gateway, endpoint] = ['Gateway', 'Endpoint'].map((id) => new CfnResource(stack, id, { type: 'AWS::EC2::VPCEndpoint' }));
    dependent().node.addDependency(gateway, endpoint); // even after the declaration
    const dependencies = dependenciesIn(stack);
    for (const resource of resources) {
      expect(dependencies[resource]).toEqual(['Endpoint', 'Gateway', ...resource === SECOND ? [DECLARATION] : []]);
    }
  });

  test('on a resource of another stack order the stacks, and are in no DependsOn', () => {
    const other = new Stack(app, 'Other');
    first.node.addDependency(new CfnResource(other, 'Gateway', { type: 'AWS::EC2::VPCEndpoint' }));
    expect(dependenciesIn(stack)[DECLARATION]).toEqual([]);
    expect(stack.dependencies).toEqual([other]);
  });

  test.each<[string, () => void]>([
    ['the first construct on the second', () => first.node.addDependency(second)],
    ['the stack on a construct', () => stack.node.addDependency(first)],
  ])('of %s do not make a declaration wait for itself', (_, addDependency) => {
    addDependency();
    expect(dependenciesIn(stack)).toEqual({ ...Object.fromEntries(ALL_FOUR.map((id) => [id, []])), [SECOND]: [DECLARATION] });
  });

  test('are the same without validation', () => {
    box.node.addDependency(first, second);
    const synthesized = [true, false].map((skipValidation) => app.synth({ force: true, skipValidation }).getStackByName('Stack').template);
    expect(synthesized[0]).toEqual(synthesized[1]);
  });
});
