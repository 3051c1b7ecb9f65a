import * as cdk from 'aws-cdk-lib';
import { App, AspectPriority, Aspects, CfnResource, type IAspect, NestedStack, RemovalPolicies, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct, type IConstruct } from 'constructs';
import { cacheIn, DECLARATION, dependenciesIn, newStack, resourcesIn, TYPE } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole, type EnsureElastiCacheServiceLinkedRoleProps } from '../src';
import { TEMPLATE } from '../templates/plain-template';

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
  test('each stack with an ElastiCache resource declares the role, and these resources alone depend on it', () => {
    const [other, none] = ['Other', 'None'].map((id) => new Stack(app, id));
    cacheIn(stack);
    new CfnResource(stack, 'Custom', { type: 'Custom::AWS::ElastiCache::User' });
    cacheIn(new Construct(new Construct(other, 'Deep'), 'Deeper'), 'First');
    cacheIn(other, 'Second').node.addDependency(new CfnResource(other, 'Topic', { type: 'AWS::SNS::Topic' }));
    new CfnResource(none, 'Topic', { type: 'AWS::SNS::Topic' });
    ensure(app);
    assertEnsured(stack);
    assertEnsured(other, 2);
    expect(dependenciesIn(stack)).toMatchObject({ Custom: [] });
    expect(dependenciesIn(other)).toMatchObject({ Second: [DECLARATION, 'Topic'], Topic: [] });
    expect(dependenciesIn(none)).toEqual({ Topic: [] });
    expect([stack, other, none].flatMap(({ dependencies }) => dependencies)).toEqual([]);
  });

  test('each stack inside a stack declares it', () => {
    const outer = new NestedStack(stack, 'Outer');
    const declaring = [new NestedStack(outer, 'Inner'), new NestedStack(stack, 'Sibling'), new Stack(stack, 'Stack')];
    declaring.forEach((scope) => cacheIn(scope));
    ensure(app);
    declaring.forEach((scope) => assertEnsured(scope));
    Template.fromStack(stack).resourceCountIs(TYPE, 0);
    Template.fromStack(outer).resourceCountIs(TYPE, 0);
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

  test.each<[string, () => IConstruct, string[]]>([
    ['a stack', () => stack, ['Cache', 'User']],
    ['a resource', () => stack.node.findChild('Cache'), ['Cache']],
  ])('added to %s, it reaches no other resource', (_, scope, reached) => {
    const other = new Stack(app, 'Other');
    cacheIn(stack);
    cacheIn(stack, 'User');
    cacheIn(other);
    ensure(scope());
    const dependent = Object.entries(dependenciesIn(stack)).filter(([, ids]) => ids.includes(DECLARATION)).map(([id]) => id);
    expect(dependent).toEqual(reached);
    expect(dependenciesIn(other)).toEqual({ Cache: [] });
  });
});

test('the included plain template is the declaration of its stack', () => {
  new CfnInclude(stack, 'Included', { templateFile: TEMPLATE });
  cacheIn(stack);
  cacheIn(new NestedStack(stack, 'Nested'));
  ensure(app);
  assertEnsured(stack);
});

test('fails at once on a prop out of bounds', () => {
  expect(() => new EnsureElastiCacheServiceLinkedRole({ description: 'a – b' })).toThrow('EnsureElastiCacheServiceLinkedRole: description contains U+2013');
});

test('a stack that declares the role itself keeps its own props', () => {
  cacheIn(stack);
  ensure(app, { description: 'of the aspect' });
  new ElastiCacheServiceLinkedRole(stack, 'EnsureElastiCacheServiceLinkedRole', { description: 'own' });
  assertEnsured(stack);
  Template.fromStack(stack).hasResourceProperties(TYPE, { Description: 'own' });
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

test('each resource in a stage without the aspect fails once, unless it depends on a declaration', () => {
  const stage = new Stage(stack, 'Stage');
  const [staged, inner] = [stage, new Stage(stage, 'Inner')].map((scope) => new Stack(scope, 'Staged'));
  cacheIn(staged, 'Dependent').node.addDependency(new ElastiCacheServiceLinkedRole(staged, 'Role'));
  cacheIn(staged, 'First');
  cacheIn(staged, 'Second');
  cacheIn(inner);
  ensure(app);
  const errors = [
    'Inner/Staged/Cache in the stage Stack/Stage/Inner',
    'Staged/First in the stage Stack/Stage',
    'Staged/Second in the stage Stack/Stage',
  ].map((resource) => `  [Stack] Stack/Stage/${resource} does not depend on the service-linked role, and CDK does not apply aspects across stages. `
    + 'Add the aspect to the stage, too, before CDK Pipelines or another call synthesizes it: '
    + 'Aspects.of(stage).add(new EnsureElastiCacheServiceLinkedRole()).');
  expect(() => app.synth()).toThrow(new Error(`Validation failed with the following errors:\n${errors.join('\n')}`));
});

describe.each([true, false])('beside other aspects, stabilization %p', (flag) => {
  beforeEach(() => {
    app = new App({ postCliContext: { '@aws-cdk/core:aspectStabilization': flag } });
    stack = new Stack(app, 'Stack');
    cacheIn(new Construct(stack, 'Group'));
  });

  test.each([undefined, AspectPriority.MUTATING, AspectPriority.READONLY])('others reach what it adds with priority %p', (priority) => {
    Tags.of(app).add('team', 'platform');
    Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole(), { priority });
    iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromAwsManagedPolicyName('Boundary'));
    RemovalPolicies.of(app).destroy();
    assertEnsured(stack);
    const template = Template.fromStack(stack);
    for (const type of ['AWS::Logs::LogGroup', 'AWS::IAM::Role', 'AWS::Lambda::Function']) {
      template.hasResource(type, { DeletionPolicy: 'Delete', Properties: { Tags: [{ Key: 'team', Value: 'platform' }] } });
    }
    template.hasResourceProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
    template.hasResource(TYPE, { DeletionPolicy: 'Delete', Properties: { RemovalPolicy: 'retain' } }); // the handler retains the role
  });

  test('a cache that another one adds is reached', () => {
    const late = new Construct(new Stack(app, 'LateStack'), 'Late');
    ensure(app);
    Aspects.of(app).add({
      visit(node) {
        if (node === late) {
          cacheIn(late);
        }
      },
    });
    assertEnsured(Stack.of(late));
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
