import { App, CfnElement, CfnParameter, CfnResource, Duration, Fn, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole } from '../src';

const TYPE = 'Custom::ElastiCacheServiceLinkedRole';

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

function resourceId(role: ElastiCacheServiceLinkedRole): string {
  return stack.resolve((role.node.defaultChild as CfnElement).logicalId);
}

describe('props', () => {
  test('by default the role is kept, its description left alone, and 60 s old', () => {
    new ElastiCacheServiceLinkedRole(stack, 'Role');
    Template.fromStack(stack).hasResource(TYPE, {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { ServiceToken: Match.anyValue(), ServiceTimeout: '960', PropagationDelay: '60', DeleteRole: 'false', Description: Match.absent() },
    });
  });

  test.each([
    [RemovalPolicy.DESTROY, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }, 'true'],
    [RemovalPolicy.RETAIN, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }, 'false'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }, 'true'],
  ])('removalPolicy %s', (removalPolicy, policies, DeleteRole) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { removalPolicy });
    Template.fromStack(stack).hasResource(TYPE, { ...policies, Properties: { DeleteRole } });
  });

  test.each(['x'.repeat(1000), 'Für ElastiCache\t\n\r ~¡ÿ', ''])('description %p', (description) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { description });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Description: description });
  });

  test.each([
    [Duration.seconds(0), '0'],
    [Duration.minutes(10), '600'],
    [Duration.millis(1500), '1.5'],
  ])('propagationDelay %s', (propagationDelay, PropagationDelay) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { propagationDelay });
    Template.fromStack(stack).hasResourceProperties(TYPE, { PropagationDelay });
  });

  test('tokens are passed on unchecked', () => {
    const description = new CfnParameter(stack, 'Description');
    const delay = new CfnParameter(stack, 'Delay', { type: 'Number' });
    new ElastiCacheServiceLinkedRole(stack, 'Role', {
      description: description.valueAsString,
      propagationDelay: Duration.seconds(delay.valueAsNumber),
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Description: { Ref: 'Description' }, PropagationDelay: { Ref: 'Delay' } });
  });

  test('fails on a description over 1000 characters', () => {
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Role', { description: 'x'.repeat(1001) })).toThrow(
      'description must have at most 1000 characters, got 1001: shorten it');
  });

  test.each([
    ['a – b', 'U+2013 \'–\' at position 3'],
    ['€', 'U+20AC \'€\' at position 1'],
    ['ok 😀', 'U+1F600 \'😀\' at position 4'],
    ['\u0000', 'U+0000 \'\u0000\' at position 1'],
    ['a\u00A0b', 'U+00A0 \'\u00A0\' at position 2'],
    ['a\u007Fb', 'U+007F \'\u007F\' at position 2'],
  ])('fails on description %p', (description, found) => {
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Role', { description })).toThrow(
      `description must have no character outside tab, line feed, carriage return, U+0020 to U+007E and U+00A1 to U+00FF, got ${found}: replace it`);
  });

  test('fails on RemovalPolicy.SNAPSHOT', () => {
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Role', { removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      'removalPolicy must not be \'snapshot\', a role has no snapshots: use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY');
  });

  test('fails on a propagationDelay over 10 minutes', () => {
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Role', { propagationDelay: Duration.seconds(601) })).toThrow(
      'propagationDelay must be from 0 to 10 minutes, got 10 minutes 1 second: shorten it');
  });
});

describe('attributes', () => {
  test('come from the custom resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    const id = resourceId(role);
    expect(stack.resolve([role.roleArn, role.roleName, role.roleId, role.createDate])).toEqual(
      ['RoleArn', 'RoleName', 'RoleId', 'CreateDate'].map((name) => ({ 'Fn::GetAtt': [id, name] })));
  });

  test('the role is a reference that waits for the custom resource, by its right name', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    const name = { 'Fn::GetAtt': [resourceId(role), 'RoleName'] };
    expect(stack.resolve(role.role.roleName)).toEqual(name);
    expect(stack.resolve(role.role.roleArn)).toEqual({
      'Fn::Join': ['', [
        'arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':role/aws-service-role/elasticache.amazonaws.com/', name,
      ]],
    });
    expect(role.role).toBe(role.role);
  });

  test('what is granted to the role goes into the policy of the resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    new kms.Key(stack, 'Key').grantDecrypt(role.role);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Principal: { AWS: stack.resolve(role.role.roleArn) } })]) },
    });
    template.resourceCountIs('AWS::IAM::Policy', 0);
  });

  test('the permissions policy is the AWS managed one', () => {
    expect(stack.resolve(new ElastiCacheServiceLinkedRole(stack, 'Role').permissionsPolicy.managedPolicyArn)).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/aws-service-role/ElastiCacheServiceRolePolicy']],
    });
  });
});

describe('fromAccount', () => {
  test('refers to the account\'s role and declares nothing', () => {
    const role = ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role');
    const arn = {
      'Fn::Join': ['', [
        'arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' },
        ':role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache',
      ]],
    };
    expect(stack.resolve([role.roleArn, role.role.roleArn])).toEqual([arn, arn]);
    expect([role.roleName, role.role.roleName]).toEqual(['AWSServiceRoleForElastiCache', 'AWSServiceRoleForElastiCache']);
    Template.fromStack(stack).templateMatches(Match.objectEquals({ Parameters: Match.anyValue(), Rules: Match.anyValue() }));
  });

  test.each([['us-east-1', 'aws'], ['cn-north-1', 'aws-cn'], ['us-gov-west-1', 'aws-us-gov']])('in %s is of partition %s', (region, partition) => {
    const literal = new App({ context: { '@aws-cdk/core:enablePartitionLiterals': true } });
    const role = ElastiCacheServiceLinkedRole.fromAccount(new Stack(literal, 'Stack', { env: { region, account: '123456789012' } }), 'Role');
    expect(role.roleArn).toBe(`arn:${partition}:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache`);
  });
});

describe('dependencies', () => {
  const dependent = (scope: Construct) => new CfnResource(scope, 'Cache', { type: 'AWS::ElastiCache::ServerlessCache' });

  test('on the construct reach the custom resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    dependent(stack).node.addDependency(role);
    Template.fromStack(stack).hasResource('AWS::ElastiCache::ServerlessCache', { DependsOn: [resourceId(role)] });
  });

  test('from another stack make that stack wait', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    const other = new Stack(app, 'Other');
    dependent(other).node.addDependency(role);
    app.synth();
    expect(other.dependencies).toEqual([stack]);
  });

  test('from a nested stack make that stack wait', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    dependent(new NestedStack(stack, 'Nested')).node.addDependency(role);
    Template.fromStack(stack).hasResource('AWS::CloudFormation::Stack', { DependsOn: [resourceId(role)] });
  });

  test('of the construct become those of its resources, whichever construct has them', () => {
    const first = new CfnResource(stack, 'First', { type: 'AWS::IAM::User' });
    new ElastiCacheServiceLinkedRole(stack, 'Role');
    const twin = new ElastiCacheServiceLinkedRole(stack, 'Twin');
    twin.node.addDependency(first); // also after the declaration
    Template.fromStack(stack).hasResource(TYPE, { DependsOn: ['First'] });
  });

  test('escape hatches reach the custom resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    (role.node.defaultChild as CfnResource).addPropertyOverride('ServiceTimeout', 1200);
    Template.fromStack(stack).hasResourceProperties(TYPE, { ServiceTimeout: 1200 });
  });
});

describe('one declaration a stack', () => {
  const template = (declare: (stack: Stack) => void) => {
    const fresh = new Stack(new App(), 'Stack');
    declare(fresh);
    return Template.fromStack(fresh).toJSON();
  };

  test('renaming or moving the construct changes nothing in the template', () => {
    const props = { removalPolicy: RemovalPolicy.DESTROY, description: 'ours' };
    const original = template((scope) => new ElastiCacheServiceLinkedRole(scope, 'Role', props));
    expect(template((scope) => new ElastiCacheServiceLinkedRole(scope, 'Renamed', props))).toEqual(original);
    expect(template((scope) => new ElastiCacheServiceLinkedRole(new Construct(scope, 'Platform'), 'Role', props))).toEqual(original);
  });

  test('two constructs with the same props share it', () => {
    const group = new logs.LogGroup(stack, 'Logs');
    const delay = new CfnParameter(stack, 'Delay', { type: 'Number' });
    const props = { description: Fn.ref('AWS::StackName'), logGroup: group, propagationDelay: Duration.seconds(delay.valueAsNumber) };
    const [first, second] = ['First', 'Second'].map((id) =>
      new ElastiCacheServiceLinkedRole(stack, id, { ...props, description: Fn.ref('AWS::StackName') }));
    expect(stack.resolve(first.roleArn)).toEqual(stack.resolve(second.roleArn));
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test('defaults written out are the same props', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    new ElastiCacheServiceLinkedRole(stack, 'Second', { removalPolicy: RemovalPolicy.RETAIN, propagationDelay: Duration.minutes(1) });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test('the order of the props does not matter', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First', { description: 'ours', removalPolicy: RemovalPolicy.DESTROY });
    new ElastiCacheServiceLinkedRole(stack, 'Second', { removalPolicy: RemovalPolicy.DESTROY, description: 'ours' });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test.each([
    [{ description: 'theirs' }, 'description "theirs" instead of not given'],
    [{ removalPolicy: RemovalPolicy.DESTROY }, 'removalPolicy destroy instead of retain'],
    [{ propagationDelay: Duration.seconds(61) }, 'propagationDelay 61 s instead of 60 s'],
    [{ logGroup: logs.LogGroup.fromLogGroupName(new Stack(), 'Logs', 'logs') }, 'logGroup Default/Logs instead of not given'],
  ])('fails on a second one with other props: %p', (props, difference) => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Second', props)).toThrow(
      `Stack/Second declares the service-linked role with other props than Stack/First in the same stack, ${difference}: `
      + 'give both the same, or declare it once and pass it on');
  });

  test('fails on a second one without a prop of the first', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First', { description: 'ours' });
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Second')).toThrow('in the same stack, description not given instead of "ours": give both the same');
  });

  test('each stack has its own, nested ones too', () => {
    const nested = new NestedStack(stack, 'Nested');
    const other = new Stack(app, 'Other');
    for (const scope of [stack, nested, other]) {
      new ElastiCacheServiceLinkedRole(scope, 'Role');
    }
    for (const scope of [stack, nested, other]) {
      Template.fromStack(scope).resourceCountIs(TYPE, 1);
    }
  });
});

test('a companion of the same app can grant on it', () => {
  const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
  expect(role.grants.create(new iam.User(stack, 'User')).success).toBe(true);
});
