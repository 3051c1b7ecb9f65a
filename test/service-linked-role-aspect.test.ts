import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessControl, NoPasswordUser, ServerlessCache, UserEngine, UserGroup } from '@aws-cdk/aws-elasticache-alpha';
import {
  App, AspectPriority, Aspects, type CfnElement, CfnOutput, CfnResource, Duration, type IAspect, NestedStack, RemovalPolicies, RemovalPolicy,
  Stack, Stage, Tags,
} from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct, type IConstruct } from 'constructs';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole, type EnsureElastiCacheServiceLinkedRoleProps } from '../src';

const TYPE = 'Custom::ElastiCacheServiceLinkedRole';
const CACHE = 'AWS::ElastiCache::ServerlessCache';
const DECLARATION = 'CustomElastiCacheServiceLinkedRoleA70B8785';
const STABILIZATION = '@aws-cdk/core:aspectStabilization';

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

const cacheIn = (scope: Construct, id = 'Cache') => new CfnResource(scope, id, { type: CACHE });
const ensure = (scope: IConstruct, props?: EnsureElastiCacheServiceLinkedRoleProps) =>
  Aspects.of(scope).add(new EnsureElastiCacheServiceLinkedRole(props));

function assertEnsured(of: Stack, dependents = 1): void {
  const template = Template.fromStack(of);
  template.resourceCountIs(TYPE, 1);
  const resources = Object.values(template.toJSON().Resources as Record<string, { Type: string; DependsOn?: string[] }>)
    .filter(({ Type }) => Type.startsWith('AWS::ElastiCache::'));
  expect(resources).toHaveLength(dependents);
  for (const { DependsOn } of resources) {
    expect(DependsOn).toContain(DECLARATION);
  }
}

describe('what is reached', () => {
  test('each stack with an ElastiCache resource declares the role, and no other', () => {
    const [other, none] = ['Other', 'None'].map((id) => new Stack(app, id));
    cacheIn(stack);
    cacheIn(other, 'First');
    cacheIn(new Construct(new Construct(other, 'Deep'), 'Deeper'), 'Second');
    new CfnResource(none, 'Topic', { type: 'AWS::SNS::Topic' });
    ensure(app);
    assertEnsured(stack);
    assertEnsured(other, 2);
    expect(Template.fromStack(none).toJSON().Resources).toEqual({ Topic: { Type: 'AWS::SNS::Topic' } });
    expect([stack, other, none].flatMap(({ dependencies }) => dependencies)).toEqual([]);
  });

  test('other resources of the stack are left alone', () => {
    cacheIn(stack);
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' });
    new CfnResource(stack, 'Custom', { type: 'Custom::AWS::ElastiCache::User' });
    ensure(app);
    for (const type of ['AWS::SNS::Topic', 'Custom::AWS::ElastiCache::User']) {
      Template.fromStack(stack).hasResource(type, { DependsOn: Match.absent() });
    }
  });

  test('existing dependencies stay', () => {
    const user = new CfnResource(stack, 'User', { type: 'AWS::ElastiCache::User' });
    cacheIn(stack).addDependency(user);
    ensure(app);
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: [DECLARATION, 'User'] });
  });

  test('nested stacks each declare it', () => {
    const outer = new NestedStack(stack, 'Outer');
    const inner = new NestedStack(outer, 'Inner');
    const sibling = new NestedStack(stack, 'Sibling');
    cacheIn(inner);
    cacheIn(sibling);
    ensure(app);
    assertEnsured(inner);
    assertEnsured(sibling);
    Template.fromStack(stack).resourceCountIs(TYPE, 0);
    Template.fromStack(outer).resourceCountIs(TYPE, 0);
  });

  test.each<[string, () => Construct]>([
    ['a stack', () => stack],
    ['a stage inside a stack', () => new Stage(stack, 'Stage')],
  ])('a stack inside %s is a stack of its own', (_, scope) => {
    const inner = new Stack(scope(), 'Inner');
    cacheIn(inner);
    ensure(app);
    ensure(inner);
    assertEnsured(inner);
    Template.fromStack(stack).resourceCountIs(TYPE, 0);
  });

  test('stages, with the same instance', () => {
    const stage = new Stage(app, 'Stage');
    const [staged, nested] = [new Stack(stage, 'Staged'), new Stack(new Stage(stage, 'Inner'), 'Nested')];
    [stack, staged, nested].forEach((scope) => cacheIn(scope));
    const aspect = new EnsureElastiCacheServiceLinkedRole();
    for (const scope of [app, ...app.node.findAll().filter(Stage.isStage)]) {
      Aspects.of(scope).add(aspect);
    }
    app.synth();
    [stack, staged, nested].forEach((scope) => assertEnsured(scope));
  });

  test.each<[string, () => IConstruct]>([
    ['the stack', () => stack],
    ['a construct', () => stack.node.findChild('Group')],
    ['the resource', () => stack.node.findChild('Group').node.findChild('Cache')],
  ])('added to %s, its own resources alone', (_, scope) => {
    cacheIn(new Construct(stack, 'Group'));
    const other = new Stack(app, 'Other');
    cacheIn(other);
    ensure(scope());
    assertEnsured(stack);
    Template.fromStack(other).resourceCountIs(TYPE, 0);
  });

  test('added to a construct, a sibling is left alone', () => {
    const group = new Construct(stack, 'Group');
    cacheIn(group);
    new CfnResource(stack, 'User', { type: 'AWS::ElastiCache::User' });
    ensure(group);
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: [DECLARATION] });
    Template.fromStack(stack).hasResource('AWS::ElastiCache::User', { DependsOn: Match.absent() });
  });

  test('added twice, at several levels, nothing is doubled', () => {
    cacheIn(stack);
    [app, app, stack].forEach((scope) => ensure(scope));
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: [DECLARATION] });
    assertEnsured(stack);
  });
});

describe('kinds of resources', () => {
  test('L1s', () => {
    new elasticache.CfnServerlessCache(stack, 'Cache', { engine: 'valkey', serverlessCacheName: 'cache' });
    new elasticache.CfnSubnetGroup(stack, 'Subnets', { description: 'ours', subnetIds: ['subnet-1'] });
    new elasticache.CfnParameterGroup(stack, 'Parameters', { description: 'ours', cacheParameterGroupFamily: 'valkey8' });
    new elasticache.CfnUser(stack, 'User', { engine: 'valkey', userId: 'user', userName: 'user', noPasswordRequired: true });
    ensure(app);
    assertEnsured(stack, 4);
  });

  test('L2s of the alpha module', () => {
    const user = new NoPasswordUser(stack, 'User', {
      engine: UserEngine.REDIS,
      userId: 'user',
      userName: 'default',
      accessControl: AccessControl.fromAccessString('on ~* +@all'),
    });
    const userGroup = new UserGroup(stack, 'Users', { engine: UserEngine.REDIS, users: [user] });
    new ServerlessCache(stack, 'Cache', { vpc: new ec2.Vpc(stack, 'Vpc'), userGroup });
    ensure(app);
    assertEnsured(stack, 3);
  });

  test('included templates', () => {
    const templateFile = join(mkdtempSync(join(tmpdir(), 'included-')), 'template.json');
    writeFileSync(templateFile, JSON.stringify({
      Resources: {
        Users: { Type: 'AWS::ElastiCache::User', Properties: { Engine: 'valkey', UserId: 'user', UserName: 'user' } },
        Cache: { Type: CACHE, Properties: { Engine: 'valkey', ServerlessCacheName: 'cache' }, DependsOn: 'Users' },
      },
    }));
    new CfnInclude(stack, 'Included', { templateFile });
    ensure(app);
    assertEnsured(stack, 2);
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: Match.arrayWith(['Users']) });
  });
});

describe('props', () => {
  test('are passed on to each stack', () => {
    const other = new Stack(app, 'Other');
    [stack, other].forEach((scope) => cacheIn(scope));
    ensure(app, {
      description: 'ours',
      removalPolicy: RemovalPolicy.DESTROY,
      propagationDelay: Duration.seconds(5),
      logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'platform'),
    });
    for (const scope of [stack, other]) {
      const template = Template.fromStack(scope);
      template.hasResource(TYPE, { Properties: { Description: 'ours', PropagationDelay: '5', DeleteRole: 'true' }, DeletionPolicy: 'Delete' });
      template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: 'platform' } });
    }
  });

  test('by default those of the construct', () => {
    cacheIn(stack);
    ensure(app);
    const own = new Stack(app, 'Own');
    new ElastiCacheServiceLinkedRole(own, 'Role');
    expect(Template.fromStack(stack).findResources(TYPE)).toEqual(Template.fromStack(own).findResources(TYPE));
  });

  test('a log group of another stack makes stacks wait for that one', () => {
    cacheIn(stack);
    const platform = new Stack(app, 'Platform');
    ensure(app, { logGroup: new logs.LogGroup(platform, 'Logs') });
    app.synth();
    expect(stack.dependencies).toEqual([platform]);
  });

  test.each<[EnsureElastiCacheServiceLinkedRoleProps, string]>([
    [{ description: 'a – b' }, 'got U+2013'],
    [{ removalPolicy: RemovalPolicy.SNAPSHOT }, 'removalPolicy must not be \'snapshot\''],
    [{ propagationDelay: Duration.minutes(11) }, 'propagationDelay must be from 0 to 10 minutes, got 11 minutes'],
  ])('fails at once on %p', (props, message) => {
    expect(() => new EnsureElastiCacheServiceLinkedRole(props)).toThrow(message);
  });

  test('fails on role beside other props', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    expect(() => new EnsureElastiCacheServiceLinkedRole({ role, description: 'ours', propagationDelay: Duration.seconds(0) })).toThrow(
      'role must be given alone, got Stack/Role and description, propagationDelay: give description, propagationDelay to that role, or leave out role');
    expect(() => new EnsureElastiCacheServiceLinkedRole({ role, description: undefined })).not.toThrow();
  });
});

describe('a stack that declares the role itself', () => {
  test.each(['before', 'after'])('uses its own, whatever its props, declared %s the aspect', (when) => {
    const declare = () => new ElastiCacheServiceLinkedRole(new Construct(stack, 'Platform'), 'Role', { description: 'own' });
    when === 'before' && declare();
    cacheIn(stack);
    ensure(app, { description: 'of the aspect' });
    when === 'after' && declare();
    assertEnsured(stack);
    Template.fromStack(stack).hasResourceProperties(TYPE, { Description: 'own' });
  });

  test('uses its own rather than the role of the aspect', () => {
    const platform = new Stack(app, 'Platform');
    new ElastiCacheServiceLinkedRole(stack, 'Role', { description: 'own' });
    cacheIn(stack);
    ensure(app, { role: new ElastiCacheServiceLinkedRole(platform, 'Role') });
    assertEnsured(stack);
    expect(stack.dependencies).toEqual([]);
  });

  test('and has no cache stays as it is', () => {
    new ElastiCacheServiceLinkedRole(stack, 'Role');
    ensure(app, { description: 'of the aspect' });
    Template.fromStack(stack).hasResource(TYPE, { Properties: { Description: Match.absent() }, DependsOn: Match.absent() });
  });

  test('fails if the role depends on the resource', () => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role');
    const group = new Construct(stack, 'Group');
    cacheIn(group);
    role.node.addDependency(group);
    ensure(app);
    expect(() => app.synth()).toThrow('Stack/Group/Cache cannot depend on the service-linked role that Stack/Role declares, which depends on Stack/Group: '
      + 'remove that dependency, or declare the role in a stack that has none of the kind');
  });
});

describe('two aspects', () => {
  test('fails on different props for one stack', () => {
    cacheIn(stack);
    ensure(app);
    ensure(stack, { description: 'other' });
    expect(() => app.synth()).toThrow('EnsureElastiCacheServiceLinkedRole on Stack declares the service-linked role with other props than '
      + 'EnsureElastiCacheServiceLinkedRole on Stack in the same stack, description "other" instead of not given: give both the same, or declare it once and pass it on');
  });

  test('different props for different stacks are fine', () => {
    const other = new Stack(app, 'Other');
    for (const scope of [stack, other]) {
      cacheIn(scope);
      ensure(scope, { description: scope.node.id });
    }
    for (const scope of [stack, other]) {
      Template.fromStack(scope).hasResourceProperties(TYPE, { Description: scope.node.id });
    }
  });

  test.each([0, 1])('one with a role beside one with props, order %p', (first) => {
    cacheIn(stack);
    const role = new ElastiCacheServiceLinkedRole(new Stack(app, 'Platform'), 'Role');
    const props = [{ role }, { description: 'own' }];
    ensure(app, props[first]);
    ensure(app, props[1 - first]);
    assertEnsured(stack);
    expect(stack.dependencies.map(({ node }) => node.id)).toEqual(['Platform']);
  });
});

describe('an existing role', () => {
  let platform: Stack;
  let role: ElastiCacheServiceLinkedRole;
  beforeEach(() => {
    platform = new Stack(app, 'Platform');
    role = new ElastiCacheServiceLinkedRole(platform, 'Role');
  });

  test('is what resources of its own stack depend on', () => {
    cacheIn(platform);
    ensure(app, { role });
    assertEnsured(platform);
    expect(platform.dependencies).toEqual([]);
  });

  test('makes other stacks wait, those with an ElastiCache resource', () => {
    const none = new Stack(app, 'None');
    cacheIn(stack);
    cacheIn(new NestedStack(new Stack(app, 'Parent'), 'Nested'));
    ensure(app, { role });
    app.synth();
    expect(stack.dependencies).toEqual([platform]);
    expect((app.node.findChild('Parent') as Stack).dependencies).toEqual([platform]);
    expect(none.dependencies).toEqual([]);
    Template.fromStack(stack).templateMatches({ Resources: Match.objectEquals({ Cache: { Type: CACHE } }) });
  });

  test('makes nested stacks of its stack wait', () => {
    cacheIn(new NestedStack(platform, 'Nested'));
    ensure(app, { role });
    Template.fromStack(platform).hasResource('AWS::CloudFormation::Stack', { DependsOn: [DECLARATION] });
  });

  test('in a nested stack makes the parent\'s resources wait for that', () => {
    const nested = new NestedStack(stack, 'Nested');
    cacheIn(stack);
    ensure(app, { role: new ElastiCacheServiceLinkedRole(nested, 'Role') });
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: [stack.resolve((nested.nestedStackResource as CfnElement).logicalId)] });
  });

  test('fails if its stack depends on the resource\'s', () => {
    cacheIn(stack);
    platform.addDependency(stack, 'it watches the caches');
    ensure(app, { role });
    expect(() => app.synth()).toThrow(/^Stack cannot depend on Platform\/Role, whose stack depends on Stack: declare the role in a stack that does not, or leave out role \(.*it watches the caches.*\)$/);
  });

  test('fails if it depends on a resource of another stack', () => {
    platform.node.addDependency(cacheIn(stack));
    ensure(app, { role });
    expect(() => app.synth()).toThrow('Stack/Cache cannot depend on the service-linked role that Platform/Role declares, which depends on Stack/Cache: ');
  });

  test('fails if its stack refers to a resource of the other, saying why that depends on it', () => {
    new CfnOutput(platform, 'Output', { value: cacheIn(stack).ref });
    ensure(app, { role });
    expect(() => app.synth()).toThrow('(the ElastiCache resources of Stack depend on Platform/Role, which must be in a stack that needs none of them)');
  });

  test('fails in another stage', () => {
    const stage = new Stage(app, 'Stage');
    cacheIn(new Stack(stage, 'Staged'));
    ensure(stage, { role });
    expect(() => app.synth()).toThrow(
      'Stage/Staged cannot depend on Platform/Role, which is in another stage: give each stage a role of its own, or leave out role');
  });

  test('fails in another account, not in another Region or in an unknown account', () => {
    const inEnv = (id: string, account: string, region: string) => new Stack(app, id, { env: { account, region } });
    const home = inEnv('Shared', '111111111111', 'us-east-1');
    const shared = new ElastiCacheServiceLinkedRole(home, 'Role');
    const near = inEnv('Near', '111111111111', 'eu-west-1');
    cacheIn(near);
    ensure(near, { role: shared });
    cacheIn(stack); // may be anywhere
    ensure(stack, { role: shared });
    app.synth();
    expect([near, stack].map(({ dependencies }) => dependencies)).toEqual([[home], [home]]);

    const far = inEnv('Far', '222222222222', 'us-east-1');
    cacheIn(far);
    ensure(far, { role: shared });
    expect(() => app.synth({ force: true })).toThrow(
      'Far is deployed to account 222222222222 and gains nothing from Shared/Role in account 111111111111: give each account a role of its own, or leave out role');
  });
});

describe('a stage that the aspect does not reach', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(app, 'Stage');
  });

  test.each([['Stage', () => stage], ['Stage/Inner', () => new Stage(stage, 'Inner')]])('fails if %s has an ElastiCache resource', (path, inner) => {
    cacheIn(new Stack(inner(), 'Staged'));
    ensure(app);
    expect(() => app.synth()).toThrow(`${path}/Staged/Cache is in stage ${path}, which the aspects of the app do not reach: `
      + 'add EnsureElastiCacheServiceLinkedRole to the stage too, with Aspects.of(stage).add(...)');
  });

  test('is fine without one', () => {
    new ElastiCacheServiceLinkedRole(new Stack(stage, 'Staged'), 'Role');
    ensure(app);
    expect(() => app.synth()).not.toThrow();
  });

  test('is fine if an aspect is added inside it', () => {
    const staged = new Stack(stage, 'Staged');
    cacheIn(staged);
    ensure(staged);
    ensure(app);
    app.synth();
    assertEnsured(staged);
  });
});

describe.each([true, false])('beside other aspects, stabilization %p', (flag) => {
  beforeEach(() => {
    app = new App({ context: { [STABILIZATION]: flag } });
    stack = new Stack(app, 'Stack');
    cacheIn(new Construct(stack, 'Group'));
  });

  const others: [string, (scope: Construct) => void, () => void][] = [
    ['tags', (scope) => Tags.of(scope).add('team', 'platform'), () => {
      const tagged = Match.objectLike({ Tags: [{ Key: 'team', Value: 'platform' }] });
      for (const type of ['AWS::Logs::LogGroup', 'AWS::IAM::Role', 'AWS::Lambda::Function']) {
        Template.fromStack(stack).hasResourceProperties(type, tagged);
      }
    }],
    ['permissions boundaries', (scope) => iam.PermissionsBoundary.of(scope).apply(iam.ManagedPolicy.fromAwsManagedPolicyName('Boundary')), () => {
      Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
    }],
    ['removal policies', (scope) => RemovalPolicies.of(scope).destroy(), () => {
      Template.fromStack(stack).hasResource(TYPE, { DeletionPolicy: 'Delete', Properties: { DeleteRole: 'false' } });
      Template.fromStack(stack).hasResource('AWS::IAM::Role', { DeletionPolicy: 'Delete' });
    }],
  ];

  describe.each([undefined, AspectPriority.MUTATING, AspectPriority.READONLY])('priority %p', (priority) => {
    test.each(others)('%s reach what is added, whichever aspect was first', (_, add, assert) => {
      add(app);
      Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole(), { priority });
      add(stack);
      assertEnsured(stack);
      assert();
    });
  });

  const addCache: IAspect = {
    visit: (node) => {
      if (node.node.id === 'Late' && node.node.children.length === 0) {
        cacheIn(node as Construct, 'Added');
      }
    },
  };

  test.each([0, 1])('a cache that another aspect adds is reached, order %p', (first) => {
    const late = new Stack(app, 'LateStack');
    new Construct(late, 'Late');
    const aspects = [new EnsureElastiCacheServiceLinkedRole(), addCache];
    Aspects.of(app).add(aspects[first]);
    Aspects.of(app).add(aspects[1 - first]);
    assertEnsured(late);
  });

  test('more stacks than CDK starts aspects anew', () => {
    const stacks = Array.from({ length: 110 }, (_, i) => new Stack(app, `Stack${i}`));
    stacks.forEach((scope) => cacheIn(scope));
    ensure(app);
    app.synth();
    assertEnsured(stacks[109]);
  });

  test('aspects that are added inside a stack see what is added', () => {
    ensure(stack.node.findChild('Group'));
    const visited = new Set<string>();
    Aspects.of(app).add({ visit: ({ node }) => { visited.add(node.path); } });
    assertEnsured(stack);
    // The one limit without stabilization, told in the docs.
    expect(visited.has(`Stack/${TYPE}/Resource/Default`)).toBe(flag);
  });
});
