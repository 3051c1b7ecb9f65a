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

test.each<[string, boolean, () => CfnResource]>([
  ['without a dependency', false, () => {
    declareIn(stack);
    return cacheIn(stack);
  }],
  ['that depends on the declaration', true, () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(stack));
    return resource;
  }],
  ['that depends on a resource that depends on it', true, () => {
    const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
    resource.node.addDependency(user);
    user.node.addDependency(declareIn(stack));
    return resource;
  }],
  ['in a cycle of resources', false, () => {
    const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
    resource.node.addDependency(user);
    user.node.addDependency(resource);
    return resource;
  }],
  ['in a stack that depends on the declaration\'s', true, () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(platform()));
    return resource;
  }],
  ['in a stack that depends on another stack', false, () => {
    stack.node.addDependency(cacheIn(platform(), 'User'));
    declareIn(new Stack(app, 'Unrelated'));
    return cacheIn(stack);
  }],
  ['in a stack that is deployed after it by two stack dependencies', true, () => {
    const [between, first] = [new Stack(app, 'Between'), platform()];
    declareIn(first);
    deployAfter(between, first);
    deployAfter(stack, between);
    return cacheIn(stack);
  }],
  ['in a stack that depends on one whose nested stack declares the role', true, () => {
    const parent = platform();
    declareIn(new NestedStack(parent, 'Nested'));
    stack.node.addDependency(parent);
    return cacheIn(stack);
  }],
  ['in a nested stack that depends on the declaration of its parent', true, () => {
    const nested = new NestedStack(stack, 'Nested');
    nested.node.addDependency(declareIn(stack));
    return cacheIn(nested);
  }],
  ['in a nested stack without a dependency', false, () => {
    declareIn(stack);
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
  ['in a nested stack of a stack that depends on the declaration\'s', true, () => {
    stack.node.addDependency(declareIn(platform()));
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
])('whether a resource %s follows the declaration: %p', (_, follows, build) => {
  const resource = build();
  app.synth(); // resolves the dependencies between constructs
  const provides = new Map<Stack, boolean>();
  const ofTwoResources = [followsDeclaration(resource, provides), followsDeclaration(resource, provides)];
  expect(ofTwoResources).toEqual([follows, follows]);
});
