import { type App, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { assertSameProps, type DeclarationProps, declarationProps } from '../../src/private/declaration-props';
import { newStack } from '../stacks-and-templates';

const props = (given: Partial<DeclarationProps>) => declarationProps('Stack/Role', given);

describe('out of bounds', () => {
  test('fails on a description of more than 1,000 characters', () => {
    expect(() => props({ description: 'x'.repeat(1001) })).toThrow(
      'Stack/Role: description has 1001 characters, IAM accepts at most 1000. Shorten it.');
  });

  test.each([
    ['a – b', 'U+2013 \'–\' at position 3'],
    ['ok 😀', 'U+1F600 \'😀\' at position 4'],
    ['\u0000', 'U+0000 \'\u0000\' at position 1'],
    ['a\u00A0b', 'U+00A0 \'\u00A0\' at position 2'],
    ['a\u007Fb', 'U+007F \'\u007F\' at position 2'],
  ])('fails on description %p', (description, rejected) => {
    expect(() => props({ description })).toThrow(`Stack/Role: description contains ${rejected}. `
      + 'Use only tab, line feed, carriage return, U+0020 to U+007E, and U+00A1 to U+00FF.');
  });

  test('fails on RemovalPolicy.SNAPSHOT', () => {
    expect(() => props({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      'Stack/Role: removalPolicy is \'snapshot\', but a role has no snapshots. Use RETAIN, RETAIN_ON_UPDATE_OR_DELETE, or DESTROY.');
  });

  test('fails on a propagationDelay of more than 10 minutes', () => {
    expect(() => props({ propagationDelay: Duration.seconds(601) })).toThrow(
      'Stack/Role: propagationDelay is 601 s. Set it to 0 to 600 s.');
    expect(() => props({ propagationDelay: Duration.seconds(NaN) })).toThrow('Stack/Role: propagationDelay is NaN s. Set it to 0 to 600 s.');
  });
});

describe('null', () => {
  test.each<[unknown, string]>([
    [null, 'props is null'],
    [{ removalPolicy: null }, 'removalPolicy is null'],
    [{ securityGroups: [undefined] }, 'securityGroups[0] is undefined'],
    [{ securityGroups: [null] }, 'securityGroups[0] is null'],
  ])('fails: %p', (given, reason) => {
    expect(() => props(given as Partial<DeclarationProps>)).toThrow(`Stack/Role: ${reason}. Set a value, or leave it out.`);
  });

  test('is not an undefined prop, which has its default', () => {
    expect(props({ description: undefined, removalPolicy: undefined, vpc: undefined, securityGroups: undefined })).toEqual(props({}));
  });
});

describe('a VPC', () => {
  const vpc = () => new ec2.Vpc(newStack().stack, 'Vpc', { maxAzs: 1 });

  test('is required for subnets and security groups', () => {
    expect(() => props({ vpcSubnets: {} })).toThrow('Stack/Role: vpcSubnets is set, but vpc is not. Set vpc, or leave vpcSubnets out.');
    expect(() => props({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(newStack().stack, 'Group', 'sg-1')] })).toThrow(
      'Stack/Role: securityGroups is set, but vpc is not. Set vpc, or leave securityGroups out.');
    expect(() => props({ securityGroups: [] })).not.toThrow();
  });

  test('fails with public subnets, and without subnets', () => {
    const mixed = vpc();
    expect(() => props({ vpc: mixed, vpcSubnets: { subnets: [...mixed.privateSubnets, ...mixed.publicSubnets] } })).toThrow(
      'Stack/Role: vpcSubnets selects public subnets, where a function cannot reach IAM. Select private subnets.');
    expect(() => props({ vpc: vpc(), vpcSubnets: { availabilityZones: ['elsewhere'] } })).toThrow(
      'Stack/Role: vpcSubnets selects no subnet. Select private subnets.');
    const publicVpc = new ec2.Vpc(newStack().stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'Public', subnetType: ec2.SubnetType.PUBLIC }] });
    expect(() => props({ vpc: publicVpc })).toThrow('Stack/Role: the default of vpcSubnets selects public subnets');
  });
});

describe('two declarations of a stack', () => {
  let app: App;
  let stack: Stack;
  beforeEach(() => {
    ({ app, stack } = newStack());
  });

  const compare = (one: Partial<DeclarationProps>, other: Partial<DeclarationProps>) =>
    () => assertSameProps(stack, ['Stack/One', props(one)], ['Stack/Other', props(other)]);

  test.each<[string, () => Parameters<typeof compare>]>([
    ['defaults and the same values', () => [{}, { removalPolicy: RemovalPolicy.RETAIN, propagationDelay: Duration.minutes(1) }]],
    ['the same tokens', () => [{ description: Fn.ref('AWS::StackName') }, { description: Fn.ref('AWS::StackName') }]],
    ['a VPC whose subnets are a list of another stack', () => {
      const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1', availabilityZones: Fn.getAzs(), privateSubnetIds: Fn.split(',', Fn.importValue('Subnets')),
      });
      return [{ vpc }, { vpc }];
    }],
    ['two imports of one log group', () => [
      { logGroup: logs.LogGroup.fromLogGroupName(stack, 'ByName', 'platform') },
      { logGroup: logs.LogGroup.fromLogGroupArn(stack, 'ByArn', 'arn:aws:logs:us-east-1:210987654321:log-group:platform:*') },
    ]],
  ])('agree on %s', (_, two) => {
    expect(compare(...two())).not.toThrow();
  });

  test.each<[Partial<DeclarationProps>, string]>([
    [{ description: 'theirs' }, 'description: not set and "theirs"'],
    [{ description: '' }, 'description: not set and ""'],
    [{ removalPolicy: RemovalPolicy.DESTROY }, 'removalPolicy: retain and destroy'],
    [{ propagationDelay: Duration.seconds(61) }, 'propagationDelay: 60 s and 61 s'],
    [{ trigger: 'now' }, 'trigger: not set and "now"'],
  ])('fail on different props: %p', (other, difference) => {
    expect(compare({}, other)).toThrow(`Stack/One and Stack/Other declare the service-linked role in one stack with different ${difference}. `
      + 'Use the same props, or one construct.');
  });

  test('agree on a VPC with the same subnets, and fail on other subnets and security groups', () => {
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1');
    expect(compare({ vpc }, { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }, securityGroups: [] })).not.toThrow();
    expect(compare({}, { vpc })).toThrow('with different vpc: not set and {"Ref":"Vpc8378EB38"} of Stack/Vpc/Resource');
    expect(compare({ vpc }, { vpc, vpcSubnets: { subnets: [vpc.privateSubnets[0]] } })).toThrow(/with different vpcSubnets: .*PrivateSubnet1.*PrivateSubnet2.* and .*PrivateSubnet1/);
    expect(compare({ vpc }, { vpc, securityGroups: [group] })).toThrow('with different securityGroups: not set and ["sg-1"]');
  });

  test('fail on log groups of two stacks that have the same logical ID', () => {
    const [one, other] = ['A', 'B'].map((id) => new logs.LogGroup(new Stack(app, id), 'Logs'));
    expect(compare({ logGroup: one }, { logGroup: other })).toThrow(/with different logGroup: .+ of A\/Logs.* and .+ of B\/Logs/);
  });
});
