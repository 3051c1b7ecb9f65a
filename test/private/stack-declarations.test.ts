import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Aspects, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CloudFormationProduct, CloudFormationTemplate, ProductStack } from 'aws-cdk-lib/aws-servicecatalog';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { TEMPLATE } from '../../templates/plain-template';
import { cacheIn, DECLARATION, dependenciesIn, newStack, resourcesIn, TYPE } from '../stacks-and-templates';

const SECOND = `${DECLARATION}2`;

let app: App;
let stack: Stack;
beforeEach(() => {
  ({ app, stack } = newStack());
});

describe('the first declaration of a stack', () => {
  const resourcesOf = (declare: (scope: Stack) => void) => {
    const { stack: scope } = newStack();
    declare(scope);
    return resourcesIn(scope);
  };
  const props = (scope: Construct) => ({
    removalPolicy: RemovalPolicy.DESTROY,
    description: 'ours',
    propagationDelay: Duration.seconds(5),
    trigger: 'now',
    logGroup: logs.LogGroup.fromLogGroupName(scope, 'Logs', 'platform'),
  });

  test.each<[string, (scope: Stack) => void]>([
    ['renaming and moving the construct', (scope) => new ElastiCacheServiceLinkedRole(new Construct(scope, 'Platform'), 'Renamed', props(scope))],
    ['a construct in one that was removed before it', (scope) => {
      new ElastiCacheServiceLinkedRole(new Construct(scope, 'Removed'), 'Role');
      scope.node.tryRemoveChild('Removed');
      new ElastiCacheServiceLinkedRole(scope, 'Role', props(scope));
    }],
    ['an aspect instead of it', (scope) => {
      cacheIn(scope);
      Aspects.of(scope).add(new EnsureElastiCacheServiceLinkedRole(props(scope)));
    }],
    ['giving props with inherited fields, as other languages do,', (scope) =>
      new ElastiCacheServiceLinkedRole(scope, 'Role', Object.create(props(scope)))],
  ])('%s changes nothing in the template', (_, declare) => {
    const { Cache, ...resources } = resourcesOf(declare);
    expect(resources).toEqual(resourcesOf((scope) => new ElastiCacheServiceLinkedRole(scope, 'Role', props(scope))));
  });

  test('a nested stack and a product of Service Catalog have declarations of their own', () => {
    const nested = new NestedStack(stack, 'Nested');
    const product = new ProductStack(stack, 'Product');
    for (const scope of [stack, nested, product]) {
      new ElastiCacheServiceLinkedRole(scope, 'Role', { description: scope.node.id });
    }
    new CloudFormationProduct(stack, 'CloudFormationProduct', {
      productName: 'Cache', owner: 'platform', productVersions: [{ cloudFormationTemplate: CloudFormationTemplate.fromProductStack(product) }],
    });
    const { directory } = app.synth();
    for (const { templateFile, node } of [stack, nested, product]) {
      const { Resources } = JSON.parse(readFileSync(join(directory, templateFile), 'utf8'));
      expect(Resources[DECLARATION].Properties.Description).toBe(node.id);
    }
  });
});

test('a declaration fails beside one of an included template', () => {
  const message = 'Stack/Role: Stack/Included/CustomElastiCacheServiceLinkedRole declares the service-linked role in this stack, too. Depend on that resource instead.';
  new CfnInclude(stack, 'Included', { templateFile: TEMPLATE });
  expect(() => new ElastiCacheServiceLinkedRole(stack, 'Role')).toThrow(message);

  ({ app, stack } = newStack());
  new ElastiCacheServiceLinkedRole(stack, 'Role');
  new CfnInclude(stack, 'Included', { templateFile: TEMPLATE });
  expect(() => app.synth()).toThrow(message);
});

describe('further declarations of a stack', () => {
  const declareTwo = (props?: ElastiCacheServiceLinkedRoleProps) => ['First', 'Second'].map((id) => new ElastiCacheServiceLinkedRole(stack, id, props));

  test('are custom resources of their own, deployed one after the other by one function', () => {
    declareTwo();
    new ElastiCacheServiceLinkedRole(new Construct(stack, 'Platform'), 'Third');
    expect(dependenciesIn(stack)).toMatchObject({ [DECLARATION]: [], [SECOND]: [DECLARATION], [`${DECLARATION}3`]: [SECOND] });
    const template = Template.fromStack(stack);
    template.allResourcesProperties(TYPE, { ServiceToken: { 'Fn::GetAtt': [`${DECLARATION}Handler`, 'Arn'] } });
    template.resourceCountIs(TYPE, 3);
    template.resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('retain the role, which the first one deletes', () => {
    declareTwo({ removalPolicy: RemovalPolicy.DESTROY });
    expect(resourcesIn(stack)).toMatchObject({
      [DECLARATION]: { DeletionPolicy: 'Delete', Properties: { RemovalPolicy: 'destroy' } },
      [SECOND]: { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: { RemovalPolicy: 'retain' } },
    });
  });

  test('fail on different props', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Second', { trigger: 'now' })).toThrow(
      'Stack/First and Stack/Second declare the service-linked role in one stack with different trigger: not set and "now".');
  });

  test('do not follow one that was removed', () => {
    declareTwo();
    new ElastiCacheServiceLinkedRole(stack, 'Third');
    stack.node.tryRemoveChild('Second');
    new ElastiCacheServiceLinkedRole(stack, 'Fourth');
    expect(dependenciesIn(stack)).toMatchObject({ [`${DECLARATION}3`]: [DECLARATION], [`${DECLARATION}4`]: [`${DECLARATION}3`] });
    expect(resourcesIn(stack)).not.toHaveProperty(SECOND);
  });

  test('fail if the one that holds the function is removed after them', () => {
    declareTwo();
    stack.node.tryRemoveChild('First');
    expect(() => app.synth()).toThrow('Stack/Second: Stack/First holds the function for the service-linked role in this stack, and was removed '
      + 'after Stack/Second was created. Remove it before you create Stack/Second, or keep it.');
  });
});

describe('two copies of this package', () => {
  /** The package, loaded a second time beside the same aws-cdk-lib and constructs. */
  const copy = loadAgain();

  test('share a function', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    expect(new copy.ElastiCacheServiceLinkedRole(stack, 'Second')).not.toBeInstanceOf(ElastiCacheServiceLinkedRole);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('fail on different props of their aspects', () => {
    cacheIn(stack);
    Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
    Aspects.of(stack).add(new copy.EnsureElastiCacheServiceLinkedRole({ description: 'theirs' }));
    expect(() => app.synth()).toThrow('Stack/EnsureElastiCacheServiceLinkedRole and another EnsureElastiCacheServiceLinkedRole declare the service-linked role '
      + 'in one stack with different description: not set and "theirs". Use the same props, or one construct.');
  });

  function loadAgain(): typeof import('../../src') {
    let loaded: typeof import('../../src') | undefined;
    const peers = ['constructs', 'aws-cdk-lib', ...['iam', 'lambda', 'logs'].map((name) => `aws-cdk-lib/aws-${name}`)];
    const modules = peers.map((name) => [name, jest.requireActual(name)] as const);
    jest.isolateModules(() => {
      modules.forEach(([name, module]) => jest.doMock(name, () => module));
      loaded = jest.requireActual('../../src');
    });
    return loaded!;
  }
});
