import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { App, AspectPriority, Aspects, CfnResource, type IAspect, NestedStack, RemovalPolicies, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct, type IConstruct } from 'constructs';
import { CACHE, cacheIn, DECLARATION, dependenciesIn, newStack, resourcesIn, TYPE } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole, type EnsureElastiCacheServiceLinkedRoleProps } from '../src';
import { TEMPLATE } from '../templates/plain-template';

const STABILIZATION = '@aws-cdk/core:aspectStabilization';

let app: App;
let stack: Stack;
beforeEach(() => {
  ({ app, stack } = newStack());
});

const ensure = (scope: IConstruct, props?: EnsureElastiCacheServiceLinkedRoleProps) =>
  Aspects.of(scope).add(new EnsureElastiCacheServiceLinkedRole(props));

function assertEnsured(of: Stack, dependents = 1): void {
  Template.fromStack(of).resourceCountIs(TYPE, 1);
  const resources = Object.values(resourcesIn(of)).filter(({ Type }) => Type.startsWith('AWS::ElastiCache::'));
  expect(resources).toHaveLength(dependents);
  for (const { DependsOn } of resources) {
    expect(DependsOn).toContain(DECLARATION);
  }
}

describe('scope', () => {
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

  test('other resources of the stack do not depend on it', () => {
    cacheIn(stack);
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' });
    new CfnResource(stack, 'Custom', { type: 'Custom::AWS::ElastiCache::User' });
    ensure(app);
    expect(dependenciesIn(stack)).toMatchObject({ Cache: [DECLARATION], Topic: [], Custom: [] });
  });

  test('each nested stack declares it', () => {
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

  test('one instance can be added to several stages', () => {
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

  test('added to the stack, it declares the role in that stack alone', () => {
    const other = new Stack(app, 'Other');
    [stack, other].forEach((scope) => cacheIn(scope));
    ensure(stack);
    assertEnsured(stack);
    expect(dependenciesIn(other)).toEqual({ Cache: [] });
  });

  test.each<[string, (group: Construct) => IConstruct]>([
    ['a construct', (group) => group],
    ['the resource', (group) => group.node.findChild('Cache')],
  ])('added to %s, it reaches no other resource', (_, scope) => {
    const group = new Construct(stack, 'Group');
    cacheIn(group);
    new CfnResource(stack, 'User', { type: 'AWS::ElastiCache::User' });
    ensure(scope(group));
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: [DECLARATION] });
    expect(dependenciesIn(stack).User).toEqual([]);
  });
});

test('the resources of an included template keep their dependencies', () => {
  const templateFile = join(app.outdir, 'included.json');
  writeFileSync(templateFile, JSON.stringify({
    Resources: {
      Users: { Type: 'AWS::ElastiCache::User', Properties: { Engine: 'valkey', UserId: 'user', UserName: 'user' } },
      Cache: { Type: CACHE, Properties: { Engine: 'valkey', ServerlessCacheName: 'cache' }, DependsOn: 'Users' },
    },
  }));
  new CfnInclude(stack, 'Included', { templateFile });
  ensure(app);
  expect(dependenciesIn(stack)).toMatchObject({ Users: [DECLARATION], Cache: [DECLARATION, 'Users'] });
});

test('the included plain template is the declaration of its stack', () => {
  new CfnInclude(stack, 'Included', { templateFile: TEMPLATE });
  cacheIn(stack);
  cacheIn(new NestedStack(stack, 'Nested'));
  ensure(app);
  assertEnsured(stack);
});

test('a log group of another stack makes stacks wait for that one', () => {
  cacheIn(stack);
  const platform = new Stack(app, 'Platform');
  ensure(app, { logGroup: new logs.LogGroup(platform, 'Logs') });
  app.synth();
  expect(stack.dependencies).toEqual([platform]);
});

test('fails at once on a prop out of bounds', () => {
  expect(() => new EnsureElastiCacheServiceLinkedRole({ description: 'a – b' })).toThrow('EnsureElastiCacheServiceLinkedRole: description contains U+2013');
});

test.each(['before', 'after'])('a stack that declares the role itself %s the aspect keeps its own props', (when) => {
  const declare = () => new ElastiCacheServiceLinkedRole(stack, 'EnsureElastiCacheServiceLinkedRole', { description: 'own' });
  when === 'before' && declare();
  cacheIn(stack);
  ensure(app, { description: 'of the aspect' });
  when === 'after' && declare();
  assertEnsured(stack);
  Template.fromStack(stack).hasResourceProperties(TYPE, { Description: 'own' });
});

test('two aspects can have different props for different stacks', () => {
  const scopes = [stack, new Stack(app, 'Other')];
  for (const scope of scopes) {
    cacheIn(scope);
    ensure(scope, { description: scope.node.id });
  }
  for (const scope of scopes) {
    Template.fromStack(scope).hasResourceProperties(TYPE, { Description: scope.node.id });
  }
});

// From aws-cdk-lib 2.244 on; the floor has neither.
const { Mixins, Shims } = cdk as unknown as {
  readonly Mixins?: { of(scope: IConstruct): { apply(mixin: unknown): void } };
  readonly Shims?: { asMixin(aspect: IAspect): unknown };
};
(Mixins && Shims ? test : test.skip)('applied as a mixin, it reaches stages', () => {
  const staged = new Stack(new Stage(app, 'Stage'), 'Staged');
  [stack, staged].forEach((scope) => cacheIn(scope));
  Mixins!.of(app).apply(Shims!.asMixin(new EnsureElastiCacheServiceLinkedRole()));
  [stack, staged].forEach((scope) => assertEnsured(scope));
});

describe('a stage that the aspect does not reach', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(app, 'Stage');
  });

  test.each([['Stage', () => stage], ['Stage/Inner', () => new Stage(stage, 'Inner')]])('fails if %s has an ElastiCache resource', (path, inner) => {
    cacheIn(new Stack(inner(), 'Staged'));
    ensure(app);
    expect(() => app.synth()).toThrow(`${path}/Staged/Cache in the stage ${path} does not depend on the service-linked role, and CDK does not apply aspects across stages. `
      + 'Add the aspect to the stage, too, before CDK Pipelines or another call synthesizes it: '
      + 'Aspects.of(stage).add(new EnsureElastiCacheServiceLinkedRole()).');
  });

  test('fails once for each resource that does not depend on a declaration', () => {
    const staged = new Stack(new Stage(stack, 'Stage'), 'Staged');
    cacheIn(staged).node.addDependency(new ElastiCacheServiceLinkedRole(staged, 'Role'));
    ['First', 'Second'].forEach((id) => cacheIn(staged, id));
    ensure(app);
    expect(() => app.synth()).toThrow(/errors:\n.* Stack\/Stage\/Staged\/First in the stage Stack\/Stage .*\n.* Stack\/Stage\/Staged\/Second in the stage Stack\/Stage .*$/);
  });

  test('is valid if the aspect is added inside it', () => {
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
    app = new App({ postCliContext: { [STABILIZATION]: flag } });
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
      Template.fromStack(stack).hasResource(TYPE, { DeletionPolicy: 'Delete', Properties: { RemovalPolicy: 'retain' } });
      Template.fromStack(stack).hasResource('AWS::IAM::Role', { DeletionPolicy: 'Delete' });
    }],
  ];

  describe.each([undefined, AspectPriority.MUTATING, AspectPriority.READONLY])('priority %p', (priority) => {
    test.each(others)('%s reach what it adds, added before or after it', (_, add, assert) => {
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

  test('an app can have more stacks than CDK has restarts of aspects', () => {
    const stacks = Array.from({ length: 110 }, (_, i) => new Stack(app, `Stack${i}`));
    stacks.forEach((scope) => cacheIn(scope));
    ensure(app);
    app.synth();
    assertEnsured(stacks[109]);
  });

  test('added inside a stack, other aspects of the app reach what it adds with stabilization alone', () => {
    ensure(stack.node.findChild('Group'));
    const visited = new Set<string>();
    Aspects.of(app).add({ visit: ({ node }) => { visited.add(node.path); } });
    assertEnsured(stack);
    expect(visited.has('Stack/EnsureElastiCacheServiceLinkedRole/Resource')).toBe(flag);
  });
});
