import { Annotations, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { type Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import { assertSameProps, type DeclarationProps } from './declaration-props';
import { createDeclarationResources } from './declaration-resources';
import { followsDeclaration } from './deployment-order';

/** The one declaration of a stack, held by the first construct that makes it. */
export interface StackDeclaration {
  readonly construct: Construct;
  readonly props: DeclarationProps;
  readonly customResource: CfnResource;
}

/** `Symbol.for`, so that two copies of this package find each other's declaration. */
const DECLARATION = Symbol.for('cdk-elasticache-service-linked-role.declaration');

/** The declaration of the scope's stack, if it has one. */
export function findDeclaration(scope: IConstruct): StackDeclaration | undefined {
  return (Stack.of(scope) as { [DECLARATION]?: StackDeclaration })[DECLARATION];
}

/** Declares the role in the construct's stack. Throws if the stack has a declaration with other props. */
export function declare(construct: Construct, props: DeclarationProps): StackDeclaration {
  const existing = findDeclaration(construct);
  if (existing) {
    assertSameProps(construct, [existing.construct.node.path, existing.props], [construct.node.path, props]);
    share(existing, construct);
    return existing;
  }
  const declaration = { construct, props, customResource: createDeclarationResources(construct, props) };
  Object.defineProperty(Stack.of(construct), DECLARATION, { value: declaration });
  return declaration;
}

/** What the sharing construct depends on holds back the declaration's resources, as if they were its own. */
function share(declaration: StackDeclaration, sharing: Construct): void {
  declaration.construct.node.addDependency(dependenciesOf(sharing, declaration));
  sharing.node.addValidation({
    validate: () => {
      warnOfLostDependencies(declaration, sharing);
      return [];
    },
  });
}

/** Without the declaration's own resources, on which they cannot depend. Read at synthesis, since dependencies are added later. */
function dependenciesOf(sharing: Construct, { construct }: StackDeclaration): IDependable {
  const dependencies = {};
  Dependable.implement(dependencies, {
    get dependencyRoots() {
      return sharing.node.dependencies.flatMap(resourcesOf).filter((resource) => !isIn(construct, resource));
    },
  });
  return dependencies;
}

/** CDK resolves a dependency on a construct to the resources in it, and the sharing construct has none. */
function warnOfLostDependencies(declaration: StackDeclaration, sharing: Construct): void {
  const containers = new Set(sharing.node.scopes.filter((scope) => scope !== sharing && !isIn(scope, declaration.construct)));
  if (containers.size === 0) {
    return;
  }
  for (const dependent of Stage.of(sharing)!.node.findAll()) {
    const container = dependent.node.dependencies.find((root) => containers.has(root as Construct));
    const isLost = (resource: CfnResource) => !isIn(declaration.construct, resource) && !followsDeclaration(resource);
    if (container && resourcesOf(dependent).some(isLost)) {
      Annotations.of(dependent).addWarningV2('cdk-elasticache-service-linked-role:dependencyOnSharedDeclaration',
        `${dependent.node.path} depends on ${container.node.path}, but the role that ${sharing.node.path} declares there belongs to ${declaration.construct.node.path}, `
        + `the first declaration in the stack. Make ${dependent.node.path} depend on the ElastiCacheServiceLinkedRole itself.`);
    }
  }
}

function isIn(scope: IConstruct, construct: IConstruct): boolean {
  return construct.node.scopes.includes(scope);
}

function resourcesOf(scope: IConstruct): CfnResource[] {
  return scope.node.findAll().filter(CfnResource.isCfnResource);
}
