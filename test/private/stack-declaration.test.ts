import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CloudFormationProduct, CloudFormationTemplate, ProductStack } from 'aws-cdk-lib/aws-servicecatalog';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole } from '../../src';

const TYPE = 'Custom::ElastiCacheServiceLinkedRole';
const CACHE = 'AWS::ElastiCache::ServerlessCache';
const DECLARATION = 'CustomElastiCacheServiceLinkedRole';

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

const cacheIn = (scope: Construct) => new CfnResource(scope, 'Cache', { type: CACHE });

describe('one declaration per stack', () => {
  const templateOf = (declare: (scope: Stack) => void) => {
    const fresh = new Stack(new App(), 'Stack');
    declare(fresh);
    return Template.fromStack(fresh).toJSON();
  };
  const props = { removalPolicy: RemovalPolicy.DESTROY, description: 'ours' };
  const template = templateOf((scope) => new ElastiCacheServiceLinkedRole(scope, 'Role', props));

  test.each<[string, (scope: Stack) => void]>([
    ['renaming the construct', (scope) => new ElastiCacheServiceLinkedRole(scope, 'Renamed', props)],
    ['moving the construct', (scope) => new ElastiCacheServiceLinkedRole(new Construct(scope, 'Platform'), 'Role', props)],
    ['a second construct before it', (scope) => {
      new ElastiCacheServiceLinkedRole(new Construct(scope, 'Service'), 'Role', props);
      new ElastiCacheServiceLinkedRole(scope, 'Role', props);
    }],
    ['an aspect instead of it', (scope) => {
      cacheIn(scope);
      Aspects.of(scope).add(new EnsureElastiCacheServiceLinkedRole(props));
    }],
  ])('%s changes nothing in the template', (_, declare) => {
    const { Resources: { Cache, ...resources } } = templateOf(declare);
    expect(resources).toEqual(template.Resources);
  });

  test('constructs that share it have its attributes', () => {
    const [first, second] = ['First', 'Second'].map((id) => new ElastiCacheServiceLinkedRole(stack, id));
    expect(stack.resolve([second.roleArn, second.roleName, second.roleId, second.createDate])).toEqual(
      stack.resolve([first.roleArn, first.roleName, first.roleId, first.createDate]));
    expect(second.node.defaultChild).toBe(first.node.defaultChild);
  });

  test('fails on a second construct with other props', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    expect(() => new ElastiCacheServiceLinkedRole(stack, 'Second', { description: 'theirs' })).toThrow(
      'Stack/First and Stack/Second declare the service-linked role in one stack with different description: not set and "theirs".');
  });

  test('a nested stack has a declaration of its own', () => {
    const nested = new NestedStack(stack, 'Nested');
    const other = new Stack(app, 'Other');
    for (const scope of [stack, nested, other]) {
      new ElastiCacheServiceLinkedRole(scope, 'Role', { description: scope.node.id });
    }
    for (const scope of [stack, nested, other]) {
      Template.fromStack(scope).resourceCountIs(TYPE, 1);
    }
  });

  test('a product of Service Catalog has a declaration of its own', () => {
    const product = new ProductStack(stack, 'Product');
    new ElastiCacheServiceLinkedRole(product, 'Role', { description: 'ours' });
    new ElastiCacheServiceLinkedRole(stack, 'Role');
    new CloudFormationProduct(stack, 'CloudFormationProduct', {
      productName: 'Cache', owner: 'platform', productVersions: [{ cloudFormationTemplate: CloudFormationTemplate.fromProductStack(product) }],
    });
    const { directory } = app.synth();
    const { Resources } = JSON.parse(readFileSync(join(directory, product.templateFile), 'utf8'));
    expect(Resources[DECLARATION].Properties.Description).toBe('ours');
    Template.fromStack(stack).hasResourceProperties(TYPE, { Description: Match.absent() });
  });
});

describe('two copies of this package', () => {
  /** The package, loaded a second time beside the same aws-cdk-lib and constructs. */
  const copy = loadAgain();

  test('are two', () => {
    expect(copy.ElastiCacheServiceLinkedRole).not.toBe(ElastiCacheServiceLinkedRole);
  });

  test('share a declaration', () => {
    const first = new ElastiCacheServiceLinkedRole(stack, 'First');
    const second = new copy.ElastiCacheServiceLinkedRole(stack, 'Second');
    expect(stack.resolve(second.roleArn)).toEqual(stack.resolve(first.roleArn));
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test('fail on different props', () => {
    new ElastiCacheServiceLinkedRole(stack, 'First');
    expect(() => new copy.ElastiCacheServiceLinkedRole(stack, 'Second', { description: 'theirs' })).toThrow('Stack/First and Stack/Second declare');
  });

  test('share a declaration that the aspect of one added', () => {
    cacheIn(stack);
    Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
    Aspects.of(app).add(new copy.EnsureElastiCacheServiceLinkedRole());
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: [DECLARATION] });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });

  test('fail on different props of their aspects', () => {
    cacheIn(stack);
    Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
    Aspects.of(app).add(new copy.EnsureElastiCacheServiceLinkedRole({ description: 'theirs' }));
    expect(() => app.synth()).toThrow('with different description: not set and "theirs"');
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
  let service: Construct;
  let sharing: ElastiCacheServiceLinkedRole;
  let cache: CfnResource;
  beforeEach(() => {
    new ElastiCacheServiceLinkedRole(stack, 'Platform');
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
    Template.fromStack(stack).hasResource(CACHE, { DependsOn: Match.absent() });
  });

  test('is warned of once for a construct with several resources', () => {
    const group = new Construct(stack, 'Group');
    ['First', 'Second'].forEach((id) => cacheIn(new Construct(group, id)));
    group.node.addDependency(service);
    expect(warnings()).toEqual([expect.stringContaining('/Stack/Group: Stack/Group depends on Stack/Service')]);
  });

  test.each<[string, () => void]>([
    ['depends on the sharing construct, too', () => cache.node.addDependency(sharing)],
    ['has the aspect, too', () => Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole())],
    ['depends on a resource that depends on the declaration', () => {
      const user = new CfnResource(stack, 'User', { type: 'AWS::ElastiCache::User' });
      user.node.addDependency(sharing);
      cache.node.addDependency(user);
    }],
  ])('is not warned of if the dependent %s', (_, alsoDepend) => {
    cache.node.addDependency(service);
    alsoDepend();
    expect(warnings()).toEqual([]);
  });

  test('is not warned of if the construct contains the first declaration', () => {
    cache.node.addDependency(stack.node.findChild('Platform'));
    expect(warnings()).toEqual([]);
  });

  test('is not warned of for a stack that depends on the whole stack', () => {
    const other = new Stack(app, 'Other');
    cacheIn(other).node.addDependency(service, new CfnResource(service, 'User', { type: 'AWS::ElastiCache::User' }));
    expect(Annotations.fromStack(other).findWarning('*', Match.anyValue())).toEqual([]);
  });
});
