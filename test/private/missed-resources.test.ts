import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Fn, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import type { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole } from '../../src';
import { missedResources } from '../../src/private/missed-resources';
import { CACHE, cacheIn } from '../stacks-and-templates';

let app: App;
let stage: Stage;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stage = new Stage(app, 'Stage');
  stack = new Stack(stage, 'Stack');
});

const platform = () => new Stack(stage, 'Platform');
const declareIn = (scope: Construct) => new ElastiCacheServiceLinkedRole(scope, 'Role');

/** aws-cdk-lib 2.262 renamed the method. */
function deployAfter(later: Stack & { addStackDependency?(target: Stack): void }, earlier: Stack): void {
  if (later.addStackDependency) {
    later.addStackDependency(earlier);
  } else {
    later.addDependency(earlier);
  }
}

/** A resource by its ID, and one that the stack deploys after it. */
function chain(link: (user: CfnResource, role: ElastiCacheServiceLinkedRole) => void): CfnResource {
  const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
  resource.node.addDependency(user);
  link(user, declareIn(stack));
  return resource;
}

const FOLLOWS: [string, () => CfnResource][] = [
  ['that depends on the declaration', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(stack));
    return resource;
  }],
  ['that depends on a resource that depends on it', () => chain((user, role) => user.node.addDependency(role))],
  ['that depends on a resource that refers to an attribute of it', () => chain((user, role) => user.addPropertyOverride('Name', role.roleArn))],
  ['that depends on a resource that refers to it by Ref', () => chain((user, { node }) => user.addPropertyOverride('Name', (node.defaultChild as CfnResource).ref))],
  ['that depends on a resource that refers to it by Fn::Sub', () =>
    chain((user, { node }) => user.addPropertyOverride('Name', Fn.sub(`of \${${stack.resolve((node.defaultChild as CfnResource).logicalId)}.RoleName}`)))],
  ['that depends on a resource that refers to it in the variables of Fn::Sub', () =>
    chain((user, { roleName }) => user.addPropertyOverride('Name', Fn.sub('of ${Role}', { Role: roleName })))],
  ['in a stack that depends on the declaration\'s', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(platform()));
    return resource;
  }],
  ['that depends on a declaration in a nested stack', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(new NestedStack(stack, 'Nested')));
    return resource;
  }],
  ['that depends on a declaration in a nested stack of CfnInclude', () => {
    const resource = cacheIn(stack);
    const nested = includeNestedStack(stack);
    declareIn(nested);
    resource.node.addDependency(nested.nestedStackResource!);
    return resource;
  }],
  ['in a stack that is deployed after it by two stack dependencies', () => {
    const [between, first] = [new Stack(stage, 'Between'), platform()];
    declareIn(first);
    deployAfter(between, first);
    deployAfter(stack, between);
    return cacheIn(stack);
  }],
  ['in a stack that depends on one whose nested stack declares the role', () => {
    const parent = platform();
    declareIn(new NestedStack(parent, 'Nested'));
    stack.node.addDependency(parent);
    return cacheIn(stack);
  }],
  ['in a nested stack that depends on the declaration of its parent', () => {
    const nested = new NestedStack(stack, 'Nested');
    nested.node.addDependency(declareIn(stack));
    return cacheIn(nested);
  }],
  ['in a nested stack of a stack that depends on the declaration\'s', () => {
    stack.node.addDependency(declareIn(platform()));
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
];

const MISSED: [string, () => CfnResource][] = [
  ['without a dependency', () => {
    declareIn(stack);
    return cacheIn(stack);
  }],
  ['in a cycle of resources', () => {
    const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
    resource.node.addDependency(user);
    user.addPropertyOverride('Name', resource.ref);
    return resource;
  }],
  ['that depends on a nested stack without a declaration', () => {
    const resource = cacheIn(stack);
    declareIn(new NestedStack(stack, 'Unrelated'));
    resource.node.addDependency(cacheIn(new NestedStack(stack, 'Nested'), 'User'));
    return resource;
  }],
  ['in a stack that depends on one without resources', () => {
    deployAfter(stack, platform());
    cacheIn(stack, 'User');
    return cacheIn(stack);
  }],
  ['in a stack that depends on another stack', () => {
    stack.node.addDependency(cacheIn(platform(), 'User'));
    declareIn(new Stack(stage, 'Unrelated'));
    return cacheIn(stack);
  }],
  ['in a nested stack without a dependency', () => {
    declareIn(stack);
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
];

const missed = () => {
  app.synth();
  return missedResources(stage);
};

test.each(FOLLOWS)('a resource %s follows the declaration', (_, build) => {
  const resource = build();
  expect(missed()).not.toContain(resource);
});

test('a resource that is not in the template is not missed', () => {
  class LeftOut extends CfnResource {
    protected shouldSynthesize() {
      return false;
    }
  }
  new LeftOut(stack, 'Cache', { type: CACHE });
  expect(missed()).toEqual([]);
});

test.each(MISSED)('a resource %s is missed', (_, build) => {
  const resource = build();
  expect(missed()).toContain(resource);
});

/** A template with a nested stack, whose construct CDK creates elsewhere than for a NestedStack. */
function includeNestedStack(scope: Stack): NestedStack {
  const [parent, child] = ['parent', 'child'].map((name) => join(app.outdir, `${name}.json`));
  writeFileSync(parent, JSON.stringify({ Resources: { Child: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/child' } } } }));
  writeFileSync(child, JSON.stringify({ Resources: { Included: { Type: 'AWS::SNS::Topic' } } }));
  const include = new CfnInclude(scope, 'Include', { templateFile: parent, loadNestedStacks: { Child: { templateFile: child } } });
  return include.getNestedStack('Child').stack as NestedStack;
}
