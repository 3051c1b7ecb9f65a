import { type App, type CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole } from '../../src';
import { followsDeclaration } from '../../src/private/follows-declaration';
import { cacheIn, newStack } from '../stacks-and-templates';

let app: App;
let stack: Stack;
beforeEach(() => {
  ({ app, stack } = newStack());
});

const platform = () => new Stack(app, 'Platform');
const declareIn = (scope: Construct) => new ElastiCacheServiceLinkedRole(scope, 'Role');

/** aws-cdk-lib 2.262 renamed the method. */
function deployAfter(later: Stack & { addStackDependency?(target: Stack): void }, earlier: Stack): void {
  if (later.addStackDependency) {
    later.addStackDependency(earlier);
  } else {
    later.addDependency(earlier);
  }
}

test.each<[string, 'follows' | 'does not follow', () => CfnResource]>([
  ['without a dependency', 'does not follow', () => {
    declareIn(stack);
    return cacheIn(stack);
  }],
  ['that depends on the declaration', 'follows', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(stack));
    return resource;
  }],
  ['that depends on a resource that depends on it', 'follows', () => {
    const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
    resource.node.addDependency(user);
    user.node.addDependency(declareIn(stack));
    return resource;
  }],
  ['in a cycle of resources', 'does not follow', () => {
    const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
    resource.node.addDependency(user);
    user.node.addDependency(resource);
    return resource;
  }],
  ['in a stack that depends on the declaration\'s', 'follows', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(platform()));
    return resource;
  }],
  ['that depends on a declaration in a nested stack', 'follows', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(new NestedStack(stack, 'Nested')));
    return resource;
  }],
  ['that depends on a nested stack without a declaration', 'does not follow', () => {
    const resource = cacheIn(stack);
    declareIn(new NestedStack(stack, 'Unrelated'));
    resource.node.addDependency(cacheIn(new NestedStack(stack, 'Nested'), 'User'));
    return resource;
  }],
  ['in a stack that depends on another stack', 'does not follow', () => {
    stack.node.addDependency(cacheIn(platform(), 'User'));
    declareIn(new Stack(app, 'Unrelated'));
    return cacheIn(stack);
  }],
  ['in a stack that is deployed after it by two stack dependencies', 'follows', () => {
    const [between, first] = [new Stack(app, 'Between'), platform()];
    declareIn(first);
    deployAfter(between, first);
    deployAfter(stack, between);
    return cacheIn(stack);
  }],
  ['in a stack that depends on one whose nested stack declares the role', 'follows', () => {
    const parent = platform();
    declareIn(new NestedStack(parent, 'Nested'));
    stack.node.addDependency(parent);
    return cacheIn(stack);
  }],
  ['in a nested stack that depends on the declaration of its parent', 'follows', () => {
    const nested = new NestedStack(stack, 'Nested');
    nested.node.addDependency(declareIn(stack));
    return cacheIn(nested);
  }],
  ['in a nested stack without a dependency', 'does not follow', () => {
    declareIn(stack);
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
  ['in a nested stack of a stack that depends on the declaration\'s', 'follows', () => {
    stack.node.addDependency(declareIn(platform()));
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
])('a resource %s %s the declaration', (_, expected, build) => {
  const resource = build();
  app.synth(); // resolves the dependencies between constructs
  const provides = new Map<Stack, boolean>();
  const ofTwoResources = [followsDeclaration(resource, provides), followsDeclaration(resource, provides)];
  expect(ofTwoResources).toEqual(Array.from({ length: 2 }, () => expected === 'follows'));
});
