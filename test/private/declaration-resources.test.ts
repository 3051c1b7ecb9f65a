import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Aspects, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as customResources from 'aws-cdk-lib/custom-resources';
import { Fact, FactName } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../src';
import { HANDLER_CODE } from '../../src/private/handler-code';
import { DECLARATION, dependenciesIn, newStack, permissionsOf, resourcesIn, TYPE } from '../stacks-and-templates';

let app: App;
let stack: Stack;
beforeEach(() => {
  ({ app, stack } = newStack());
});

const declare = (props?: ElastiCacheServiceLinkedRoleProps) => new ElastiCacheServiceLinkedRole(stack, 'Role', props);
const template = () => Template.fromStack(stack);

/** What the role of the function is allowed to do. */
function handlerPermissions(): unknown[] {
  const { Policies } = template().toJSON().Resources[`${DECLARATION}HandlerRole`].Properties;
  expect(Policies).toHaveLength(1);
  return permissionsOf(Policies[0].PolicyDocument.Statement);
}

test('four resources have pinned logical IDs, and there is no asset', () => {
  declare();
  // A contract: a changed ID would break the upgrade of every stack that has the old one.
  expect(Object.fromEntries(Object.entries(resourcesIn(stack)).map(([id, { Type }]) => [id, Type]))).toEqual({
    CustomElastiCacheServiceLinkedRoleHandlerLogGroup: 'AWS::Logs::LogGroup',
    CustomElastiCacheServiceLinkedRoleHandlerRole: 'AWS::IAM::Role',
    CustomElastiCacheServiceLinkedRoleHandler: 'AWS::Lambda::Function',
    CustomElastiCacheServiceLinkedRole: 'Custom::ElastiCacheServiceLinkedRole',
  });
  const { assets } = app.synth().getStackByName('Stack');
  expect(assets.filter(({ path }) => !path.endsWith('.template.json'))).toEqual([]);
});

describe('the function', () => {
  test('is the bundled handler', () => {
    declare();
    template().hasResourceProperties('AWS::Lambda::Function', {
      Code: { ZipFile: HANDLER_CODE },
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize: 128,
      Role: { 'Fn::GetAtt': [`${DECLARATION}HandlerRole`, 'Arn'] },
      LoggingConfig: { LogGroup: { Ref: `${DECLARATION}HandlerLogGroup` } },
    });
  });

  test('has the newest Node.js runtime that every Region has, at least nodejs24.x', () => {
    declare();
    const major = (runtime: string) => Number(/^nodejs(\d+)\.x$/.exec(runtime)![1]);
    const everywhere = Math.min(...Fact.regions.map((region) => major(Fact.requireFact(region, FactName.LATEST_NODE_RUNTIME))));
    const { Runtime } = template().toJSON().Resources[`${DECLARATION}Handler`].Properties;
    expect(major(Runtime)).toBe(Math.max(everywhere, 24)); // aws-cdk-lib before 2.259 does not know yet that every Region has nodejs24.x
  });

  describe('in a VPC', () => {
    let vpc: ec2.Vpc;
    beforeEach(() => {
      vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    });

    test('runs in the private subnets, with a security group of its own, after their route to the internet', () => {
      declare({ vpc });
      template().hasResource('AWS::Lambda::Function', {
        Properties: {
          VpcConfig: {
            SubnetIds: [stack.resolve(vpc.privateSubnets[0].subnetId)],
            SecurityGroupIds: [{ 'Fn::GetAtt': [`${DECLARATION}HandlerSecurityGroup`, 'GroupId'] }],
          },
        },
        DependsOn: Match.arrayWith([stack.resolve((vpc.privateSubnets[0].node.findChild('DefaultRoute') as CfnResource).logicalId)]),
      });
      template().hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: stack.resolve(vpc.vpcId), SecurityGroupIngress: Match.absent() });
      template().hasResourceProperties('AWS::IAM::Role', {
        ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole']] }],
      });
    });

    test('runs in the given subnets and security groups', () => {
      const securityGroups = ['sg-1', 'sg-2'].map((id) => ec2.SecurityGroup.fromSecurityGroupId(stack, id, id));
      const isolated = new ec2.PrivateSubnet(stack, 'Isolated', { vpcId: vpc.vpcId, availabilityZone: 'us-east-1a', cidrBlock: '10.0.9.0/24' });
      declare({ vpc, vpcSubnets: { subnets: [isolated] }, securityGroups });
      template().hasResourceProperties('AWS::Lambda::Function', {
        VpcConfig: { SubnetIds: [stack.resolve(isolated.subnetId)], SecurityGroupIds: ['sg-1', 'sg-2'] },
      });
      template().resourceCountIs('AWS::EC2::SecurityGroup', 0);
    });

    test('can wait for a declaration with the construct that contains both', () => {
      const box = new Construct(stack, 'Box');
      const role = new ElastiCacheServiceLinkedRole(box, 'Role', { vpc });
      box.node.addDependency(role);
      expect(dependenciesIn(stack)[`${DECLARATION}HandlerSecurityGroup`]).not.toContain(DECLARATION);
    });
  });
});

describe('the log group', () => {
  test('keeps events for two weeks and is deleted with the stack', () => {
    declare();
    template().hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 14 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('that the stack has is used by its attributes', () => {
    const logGroup = new logs.LogGroup(stack, 'Logs');
    declare({ logGroup });
    template().resourceCountIs('AWS::Logs::LogGroup', 1);
    template().hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: stack.resolve(logGroup.logGroupName) } });
    expect(handlerPermissions()).toEqual(expect.arrayContaining([['logs:PutLogEvents', stack.resolve(logGroup.logGroupArn), {}]]));
  });

  const env = { account: '123456789012', region: 'eu-west-1' };
  test.each<[string, (scope: Construct) => logs.ILogGroup]>([
    ['a resource of a stack in another Region', (scope) =>
      new logs.LogGroup(new Stack(scope.node.root, 'Other', { env: { ...env, region: 'us-east-1' } }), 'Logs', { logGroupName: 'platform' })],
    ['imported by an ARN of another account and Region', (scope) => logs.LogGroup.fromLogGroupArn(scope, 'Logs', 'arn:aws:logs:us-east-1:210987654321:log-group:platform')],
  ])('that is %s is used in the account and Region of the function', (_, logGroup) => {
    stack = new Stack(app, 'Here', { env });
    declare({ logGroup: logGroup(stack) });
    template().resourceCountIs('AWS::Logs::LogGroup', 0);
    template().hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: 'platform' } });
    const arn = stack.resolve(`arn:${stack.partition}:logs:eu-west-1:123456789012:log-group:platform:*`);
    expect(handlerPermissions()).toEqual(expect.arrayContaining([['logs:CreateLogStream', arn, {}], ['logs:PutLogEvents', arn, {}]]));
  });
});

describe('the role of the function', () => {
  const iamArn = (name: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, `:role/${name}`]] });
  const ROLE = iamArn('aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache');
  // IAM authorizes GetRole for a nonexistent role against the ARN without a path.
  const PATHLESS = iamArn('AWSServiceRoleForElastiCache');
  const LOG_STREAMS = { 'Fn::GetAtt': [`${DECLARATION}HandlerLogGroup`, 'Arn'] };
  const DELETION = [['iam:DeleteServiceLinkedRole', ROLE, {}], ['iam:GetServiceLinkedRoleDeletionStatus', ROLE, {}]];
  const DESCRIPTION = [['iam:UpdateRoleDescription', ROLE, {}]];

  test.each<[string, ElastiCacheServiceLinkedRoleProps, unknown[]]>([
    ['by default', {}, []],
    ['with a description', { description: 'ours' }, DESCRIPTION],
    ['with DESTROY', { removalPolicy: RemovalPolicy.DESTROY }, DELETION],
    ['with RETAIN_ON_UPDATE_OR_DELETE', { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }, DELETION],
    ['with an empty description and DESTROY', { description: '', removalPolicy: RemovalPolicy.DESTROY }, [...DELETION, ...DESCRIPTION]],
  ])('%s is allowed exactly the calls that the handler makes, on exactly the role', (_, props, others) => {
    declare(props);
    const expected = [
      ['iam:CreateServiceLinkedRole', ROLE, { StringLike: { 'iam:AWSServiceName': 'elasticache.amazonaws.com' } }],
      ['iam:GetRole', PATHLESS, {}],
      ['iam:GetRole', ROLE, {}],
      ['logs:CreateLogStream', LOG_STREAMS, {}],
      ['logs:PutLogEvents', LOG_STREAMS, {}],
      ...others,
    ];
    const allowed = handlerPermissions();
    expect(allowed).toHaveLength(expected.length);
    expect(allowed).toEqual(expect.arrayContaining(expected));
    template().hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  test('is assumed by Lambda and nothing else', () => {
    declare();
    template().hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: Match.objectEquals({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      }),
    });
  });
});

describe('what apps do to constructs works on the construct', () => {
  test('CustomResourceConfig sets runtime, log retention, and removal policy of the log group', () => {
    declare({ removalPolicy: RemovalPolicy.DESTROY });
    customResources.CustomResourceConfig.of(app).addLambdaRuntime(lambda.Runtime.NODEJS_20_X);
    customResources.CustomResourceConfig.of(app).addLogRetentionLifetime(logs.RetentionDays.ONE_YEAR);
    customResources.CustomResourceConfig.of(app).addRemovalPolicy(RemovalPolicy.RETAIN);
    template().hasResourceProperties('AWS::Lambda::Function', { Runtime: 'nodejs20.x' });
    template().hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 365 }, DeletionPolicy: 'Retain' });
    template().resourceCountIs('AWS::Logs::LogGroup', 1);
    template().hasResource(TYPE, { DeletionPolicy: 'Delete' });
  });

  test('Role.customizeRoles replaces the role of the function by the construct\'s own path, and reports what it needs', () => {
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Role/HandlerRole': 'platform-handler' } });
    declare({ vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] }) });
    template().resourceCountIs('AWS::IAM::Role', 0);
    template().hasResourceProperties('AWS::Lambda::Function', { Role: { 'Fn::Join': ['', Match.arrayWith([':role/platform-handler'])] } });
    const report = readFileSync(join(app.synth().directory, 'iam-policy-report.txt'), 'utf8');
    for (const part of ['<platform-handler> (Stack/Role/HandlerRole)', 'iam:CreateServiceLinkedRole', 'AWSLambdaVPCAccessExecutionRole']) {
      expect(report).toContain(part);
    }
  });

  test('aspects visit every resource', () => {
    const visited: string[] = [];
    Aspects.of(declare()).add({ visit: (node) => { visited.push(...CfnResource.isCfnResource(node) ? [node.cfnResourceType] : []); } });
    template();
    expect(visited.sort()).toEqual(['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup', TYPE]);
  });
});
