import { readFileSync } from 'fs';
import { join } from 'path';
import { App, Aspects, BootstraplessSynthesizer, type CfnResource, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CustomResourceConfig } from 'aws-cdk-lib/custom-resources';
import { Fact, FactName } from 'aws-cdk-lib/region-info';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../src';
import { HANDLER_CODE } from '../src/handler-code';

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

const declare = (props?: ElastiCacheServiceLinkedRoleProps) => new ElastiCacheServiceLinkedRole(stack, 'Role', props);
const template = () => Template.fromStack(stack);

test('four resources at pinned logical ids, and no asset', () => {
  declare();
  const resources = Object.entries(template().toJSON().Resources as Record<string, { Type: string }>).map(([id, { Type }]) => [Type, id]);
  // A contract: a changed id would break the upgrade of every stack that has the old one.
  expect(Object.fromEntries(resources)).toEqual({
    'AWS::Logs::LogGroup': 'CustomElastiCacheServiceLinkedRoleLogGroup3324C880',
    'AWS::IAM::Role': 'CustomElastiCacheServiceLinkedRoleHandlerRole666CBBAF',
    'AWS::Lambda::Function': 'CustomElastiCacheServiceLinkedRoleHandler06A83D55',
    'Custom::ElastiCacheServiceLinkedRole': 'CustomElastiCacheServiceLinkedRoleA70B8785',
  });
  expect(resources).toHaveLength(4);
  const { assets } = app.synth().getStackByName('Stack');
  expect(assets.filter(({ path }) => !path.endsWith('.template.json'))).toEqual([]);
});

test('an account needs no bootstrap', () => {
  stack = new Stack(app, 'Bootstrapless', { synthesizer: new BootstraplessSynthesizer() });
  declare();
  template().templateMatches({ Parameters: Match.absent() });
  expect(app.synth().getStackByName('Bootstrapless').assets).toEqual([]);
});

test('the function is the bundled handler on the newest Node.js runtime that every Region has', () => {
  declare();
  template().hasResourceProperties('AWS::Lambda::Function', {
    Code: { ZipFile: HANDLER_CODE },
    Handler: 'index.handler',
    Runtime: lambda.Runtime.NODEJS_LATEST.name,
    Timeout: 900,
    Role: { 'Fn::GetAtt': ['CustomElastiCacheServiceLinkedRoleHandlerRole666CBBAF', 'Arn'] },
    LoggingConfig: { LogGroup: { Ref: 'CustomElastiCacheServiceLinkedRoleLogGroup3324C880' } },
  });
});

test.each(Fact.regions)('in %s Lambda has that runtime', (region) => {
  const major = (runtime: string) => Number(/^nodejs(\d+)\.x$/.exec(runtime)![1]);
  expect(major(lambda.Runtime.NODEJS_LATEST.name)).toBeLessThanOrEqual(major(Fact.requireFact(region, FactName.LATEST_NODE_RUNTIME)));
});

test('the log group keeps two weeks and goes with the stack', () => {
  declare();
  template().hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 14 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
});

test('a log group that is given replaces the own one', () => {
  declare({ logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'platform') });
  template().resourceCountIs('AWS::Logs::LogGroup', 0);
  template().hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: 'platform' } });
  expect(JSON.stringify(template().findResources('AWS::IAM::Role'))).toContain(':log-group:platform:*');
});

describe('the policy', () => {
  const ROLE = {
    'Fn::Join': ['', [
      'arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' },
      ':role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache',
    ]],
  };
  const DELETION = ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'];

  // GetRole of a role that does not exist is authorized against its name alone.
  const PATHLESS = {
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':role/AWSServiceRoleForElastiCache']],
  };

  test.each<[string, ElastiCacheServiceLinkedRoleProps, string[]]>([
    ['by default', {}, []],
    ['with a description', { description: 'ours' }, ['iam:UpdateRoleDescription']],
    ['with DESTROY', { removalPolicy: RemovalPolicy.DESTROY }, DELETION],
    ['with RETAIN_ON_UPDATE_OR_DELETE', { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }, DELETION],
    ['with all', { description: '', removalPolicy: RemovalPolicy.DESTROY }, ['iam:UpdateRoleDescription', ...DELETION]],
  ])('%s allows just the calls that are made, on just the role', (_, props, others) => {
    declare(props);
    const [role] = Object.values(template().findResources('AWS::IAM::Role'));
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    expect(role.Properties.Policies).toEqual([{
      PolicyName: 'Handler',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: others.length ? ['iam:GetRole', ...others] : 'iam:GetRole', Resource: ROLE },
          { Effect: 'Allow', Action: 'iam:GetRole', Resource: PATHLESS },
          {
            Effect: 'Allow',
            Action: 'iam:CreateServiceLinkedRole',
            Resource: ROLE,
            Condition: { StringLike: { 'iam:AWSServiceName': 'elasticache.amazonaws.com' } },
          },
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': ['CustomElastiCacheServiceLinkedRoleLogGroup3324C880', 'Arn'] } },
        ],
      },
    }]);
  });
});

describe('what apps do to custom resources works', () => {
  test('CustomResourceConfig sets runtime, log retention and the log\'s removal policy', () => {
    declare({ removalPolicy: RemovalPolicy.DESTROY });
    CustomResourceConfig.of(app).addLambdaRuntime(lambda.Runtime.NODEJS_20_X);
    CustomResourceConfig.of(app).addLogRetentionLifetime(logs.RetentionDays.ONE_YEAR);
    CustomResourceConfig.of(app).addRemovalPolicy(RemovalPolicy.RETAIN);
    template().hasResourceProperties('AWS::Lambda::Function', { Runtime: 'nodejs20.x' });
    template().hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 365 }, DeletionPolicy: 'Retain' });
    template().resourceCountIs('AWS::Logs::LogGroup', 1);
    template().hasResource('Custom::ElastiCacheServiceLinkedRole', { DeletionPolicy: 'Delete' });
  });

  test('Role.customizeRoles takes a role made elsewhere, and reports what it needs', () => {
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Custom::ElastiCacheServiceLinkedRole/HandlerRole': 'platform-handler' } });
    declare();
    template().resourceCountIs('AWS::IAM::Role', 0);
    template().hasResourceProperties('AWS::Lambda::Function', { Role: { 'Fn::Join': ['', Match.arrayWith([':role/platform-handler'])] } });
    const report = readFileSync(join(app.synth().directory, 'iam-policy-report.txt'), 'utf8');
    expect(report).toContain('<platform-handler> (Stack/Custom::ElastiCacheServiceLinkedRole/HandlerRole)');
    expect(report).toContain('iam:CreateServiceLinkedRole');
  });

  test('a permissions boundary is applied', () => {
    declare();
    iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'));
    template().hasResourceProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
  });

  test('tags reach all that can be tagged', () => {
    declare();
    Tags.of(app).add('team', 'platform');
    const tagged = Match.objectLike({ Tags: [{ Key: 'team', Value: 'platform' }] });
    for (const type of ['AWS::Logs::LogGroup', 'AWS::IAM::Role', 'AWS::Lambda::Function']) {
      template().hasResourceProperties(type, tagged);
    }
  });

  test('aspects visit every resource', () => {
    declare();
    const visited: string[] = [];
    Aspects.of(stack).add({ visit: (node) => { visited.push((node as CfnResource).cfnResourceType); } });
    template();
    expect(visited.filter(Boolean).sort()).toEqual(
      ['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'Custom::ElastiCacheServiceLinkedRole']);
  });
});
