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
const missed = () => {
  app.synth();
  return missedResources(stage);
};

/** A nested stack whose construct is elsewhere in the tree than its resource, unlike that of a NestedStack. */
function includedNestedStack(): Stack {
  const [parent, child] = ['parent', 'child'].map((name) => join(app.outdir, `${name}.json`));
  const resource = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/child' } };
  writeFileSync(parent, JSON.stringify({ Resources: { Child: resource } }));
  writeFileSync(child, JSON.stringify({ Resources: {} }));
  const include = new CfnInclude(stack, 'Include', { templateFile: parent, loadNestedStacks: { Child: { templateFile: child } } });
  return include.getNestedStack('Child').stack;
}

test.each<[string, (user: CfnResource, role: CfnResource) => void]>([
  ['DependsOn', (user, role) => user.node.addDependency(role)],
  ['Fn::GetAtt', (user, role) => user.addPropertyOverride('Name', role.getAtt('RoleName'))],
  ['Ref', (user, role) => user.addPropertyOverride('Name', role.ref)],
  ['Fn::Sub', (user, role) => user.addPropertyOverride('Name', Fn.sub(`of \${${stack.resolve(role.logicalId)}.RoleName}`))],
  ['the variables of Fn::Sub', (user, role) => user.addPropertyOverride('Name', Fn.sub('of ${Role}', { Role: role.ref }))],
])('a resource that depends on a resource that refers to the declaration by %s follows it', (_, refer) => {
  const [resource, user] = [cacheIn(stack), cacheIn(stack, 'User')];
  resource.node.addDependency(user);
  refer(user, declareIn(stack).node.defaultChild as CfnResource);
  expect(missed()).not.toContain(resource);
});

test.each<[string, () => CfnResource]>([
  ['in a stack that depends on the declaration\'s', () => {
    const resource = cacheIn(stack);
    resource.node.addDependency(declareIn(platform()));
    return resource;
  }],
  ['in a stack that is deployed after it by two stack dependencies', () => {
    const between = cacheIn(new Stack(stage, 'Between'), 'User');
    between.node.addDependency(declareIn(platform()));
    stack.node.addDependency(between);
    return cacheIn(stack);
  }],
  ['that depends on a declaration in one of two nested stacks', () => {
    const resource = cacheIn(stack);
    cacheIn(new NestedStack(stack, 'Other'));
    resource.node.addDependency(declareIn(new NestedStack(stack, 'Nested')));
    return resource;
  }],
  ['that depends on a declaration in a nested stack of CfnInclude', () => {
    const [resource, nested] = [cacheIn(stack), includedNestedStack()];
    declareIn(nested);
    resource.node.addDependency(nested.nestedStackResource!);
    return resource;
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
])('a resource %s follows the declaration', (_, build) => {
  const resource = build();
  expect(missed()).not.toContain(resource);
});

test.each<[string, () => CfnResource]>([
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
  ['in a stack that depends on another stack, which has a nested stack without resources', () => {
    const other = platform();
    new NestedStack(other, 'Empty');
    stack.node.addDependency(cacheIn(other, 'User'));
    declareIn(new Stack(stage, 'Unrelated'));
    return cacheIn(stack);
  }],
  ['in a nested stack without a dependency', () => {
    declareIn(stack);
    return cacheIn(new NestedStack(stack, 'Nested'));
  }],
])('a resource %s is missed', (_, build) => {
  const resource = build();
  expect(missed()).toContain(resource);
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
