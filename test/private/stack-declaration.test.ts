import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Aspects, CfnResource, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CloudFormationProduct, CloudFormationTemplate, ProductStack } from 'aws-cdk-lib/aws-servicecatalog';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { cacheIn, DECLARATION, dependenciesIn, newStack, resourcesIn, TYPE } from '../stacks-and-templates';

let app: App;
let stack: Stack;
beforeEach(() => {
  ({ app, stack } = newStack());
});

describe('one declaration per stack', () => {
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
    ['renaming the construct', (scope) => new ElastiCacheServiceLinkedRole(scope, 'Renamed', props(scope))],
    ['moving the construct', (scope) => new ElastiCacheServiceLinkedRole(new Construct(scope, 'Platform'), 'Role', props(scope))],
    ['a second construct before it', (scope) => {
      const shared = props(scope);
      new ElastiCacheServiceLinkedRole(new Construct(scope, 'Service'), 'Role', shared);
      new ElastiCacheServiceLinkedRole(scope, 'Role', shared);
    }],
    ['an aspect instead of it', (scope) => {
      cacheIn(scope);
      // No field is the object's own, as with props of other languages.
      Aspects.of(scope).add(new EnsureElastiCacheServiceLinkedRole(Object.create(props(scope))));
    }],
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

describe('two copies of this package', () => {
  /** The package, loaded a second time beside the same aws-cdk-lib and constructs. */
  const copy = loadAgain();

  test('share a declaration', () => {
    const first = new ElastiCacheServiceLinkedRole(stack, 'First');
    const second = new copy.ElastiCacheServiceLinkedRole(stack, 'Second');
    expect(second).not.toBeInstanceOf(ElastiCacheServiceLinkedRole);
    expect(stack.resolve(second.roleArn)).toEqual(stack.resolve(first.roleArn));
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test('fail on different props', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    expect(() => new copy.ElastiCacheServiceLinkedRole(stack, 'Second', { description: 'theirs' })).toThrow(
      'Stack/First and Stack/Second declare the service-linked role in one stack with different description: not set and "theirs".');
  });

  test('share a declaration that the aspect of one added', () => {
    cacheIn(stack);
    Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
    Aspects.of(app).add(new copy.EnsureElastiCacheServiceLinkedRole());
    expect(dependenciesIn(stack)).toMatchObject({ Cache: [DECLARATION] });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test('fail on different props of their aspects', () => {
    cacheIn(stack);
    Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
    Aspects.of(stack).add(new copy.EnsureElastiCacheServiceLinkedRole({ description: 'theirs' }));
    expect(() => app.synth()).toThrow('Stack/EnsureElastiCacheServiceLinkedRole and another EnsureElastiCacheServiceLinkedRole declare the service-linked role '
      + 'in one stack with different description: not set and "theirs". Use the same props, or share one instance.');
  });

  function loadAgain(): typeof import('../../src') {
    let loaded: typeof import('../../src') | undefined;
    const peers = ['constructs', 'aws-cdk-lib', ...['iam', 'lambda', 'logs'].map((name) => `aws-cdk-lib/aws-${name}`), 'aws-cdk-lib/custom-resources'];
    const modules = peers.map((name) => [name, jest.requireActual(name)] as const);
    jest.isolateModules(() => {
      modules.forEach(([name, module]) => jest.doMock(name, () => module));
      loaded = jest.requireActual('../../src');
    });
    return loaded!;
  }
});

describe('a dependency on a construct that contains only a sharing declaration', () => {
  const ID = 'cdk-elasticache-service-linked-role:dependencyOnSharedDeclaration';
  let platform: Construct;
  let service: Construct;
  let sharing: ElastiCacheServiceLinkedRole;
  let cache: CfnResource;
  beforeEach(() => {
    platform = new ElastiCacheServiceLinkedRole(stack, 'Platform');
    service = new Construct(stack, 'Service');
    sharing = new ElastiCacheServiceLinkedRole(new Construct(service, 'Baseline'), 'Role');
    cache = cacheIn(stack);
  });

  const warnings = () => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(ID)).map(({ id, entry }) => `${id}: ${entry.data}`);

  test('is warned of, since it does not reach the declaration', () => {
    cache.node.addDependency(service);
    expect(warnings()).toEqual([
      '/Stack/Cache: Stack/Cache depends on Stack/Service, but not on the service-linked role that Stack/Service/Baseline/Role declares there, '
      + 'because Stack/Platform holds the resources of the declaration. Make Stack/Cache depend on the ElastiCacheServiceLinkedRole itself. '
      + `[ack: ${ID}]`,
    ]);
    expect(dependenciesIn(stack).Cache).toEqual([]);
  });

  test('is warned of once for a construct with several resources, of which one depends on the declaration', () => {
    const group = new Construct(stack, 'Group');
    const [first] = ['First', 'Second', 'Third'].map((id) => cacheIn(new Construct(group, id)));
    first.node.addDependency(sharing);
    group.node.addDependency(service);
    expect(warnings()).toEqual([expect.stringContaining('/Stack/Group: Stack/Group depends on Stack/Service')]);
  });

  test.each<[string, () => void]>([
    ['a resource that depends on the sharing construct, too', () => cache.node.addDependency(service, sharing)],
    ['a resource that has the aspect, too', () => {
      cache.node.addDependency(service);
      Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
    }],
    ['a dependency on the construct that holds the declaration', () => cache.node.addDependency(platform)],
    ['a dependency of the construct that holds the declaration', () => platform.node.addDependency(service)],
    ['a dependency on a nested stack with two declarations', () => {
      const nested = new NestedStack(stack, 'Nested');
      ['First', 'Second'].forEach((id) => new ElastiCacheServiceLinkedRole(nested, id));
      cache.node.addDependency(nested);
    }],
  ])('is not warned of for %s', (_, addDependencies) => {
    addDependencies();
    expect(warnings()).toEqual([]);
  });

  test('is not warned of for a stack that depends on the whole stack', () => {
    const other = new Stack(app, 'Other');
    cacheIn(other).node.addDependency(service, new CfnResource(service, 'User', { type: 'AWS::ElastiCache::User' }));
    expect(Annotations.fromStack(other).findWarning('*', Match.anyValue())).toEqual([]);
  });
});
