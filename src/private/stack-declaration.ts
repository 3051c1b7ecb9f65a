import { Annotations, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { type Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import { assertSameProps, type DeclarationProps } from './declaration-props';
import { createDeclarationResources } from './declaration-resources';
import { followsDeclaration } from './follows-declaration';

/** The one declaration of a stack, held by the first construct that declares the role. */
export interface StackDeclaration {
  readonly construct: Construct;
  readonly props: DeclarationProps;
  readonly customResource: CfnResource;
  /** The other constructs of the stack that declare the role. */
  readonly sharing: Construct[];
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
  const declaration: StackDeclaration = { construct, props, customResource: createDeclarationResources(construct, props), sharing: [] };
  Object.defineProperty(Stack.of(construct), DECLARATION, { value: declaration });
  construct.node.addValidation({
    validate: () => { // after CDK has resolved the dependencies between constructs
      removeOwnDependencies(declaration);
      warnOfLostDependencies(declaration);
      return [];
    },
  });
  return declaration;
}

/** Makes the declaration's resources depend on what the sharing construct depends on. */
function share(declaration: StackDeclaration, sharing: Construct): void {
  declaration.sharing.push(sharing);
  declaration.construct.node.addDependency(dependenciesOf(sharing, declaration));
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

/** A construct that contains the declaration can depend on it. The custom resource needs the other three resources, so these do not wait for it. */
function removeOwnDependencies({ construct, customResource }: StackDeclaration): void {
  for (const resource of resourcesOf(construct)) {
    if (resource.obtainDependencies().includes(customResource)) {
      resource.replaceDependency(customResource, resource); // CDK ignores a dependency of a resource on itself
    }
  }
}

/** CDK resolves a dependency on a construct to the resources in it, and a sharing construct has none. */
function warnOfLostDependencies({ construct, sharing }: StackDeclaration): void {
  if (sharing.length === 0) {
    return;
  }
  const containers = new Map(sharing.flatMap((each) => each.node.scopes.map((container) => [container, each] as const)));
  const provides = new Map<Stack, boolean>();
  const isLost = (resource: CfnResource) => !isIn(construct, resource) && !followsDeclaration(resource, provides);
  for (const dependent of Stage.of(construct)!.node.findAll()) {
    const container = dependent.node.dependencies.find((root) => containers.has(root));
    if (container && resourcesOf(dependent).some(isLost)) {
      Annotations.of(dependent).addWarningV2('cdk-elasticache-service-linked-role:dependencyOnSharedDeclaration',
        `${dependent.node.path} depends on ${container.node.path}, but not on the service-linked role that ${containers.get(container)!.node.path} declares there, `
        + `because ${construct.node.path} holds the resources of the declaration. Make ${dependent.node.path} depend on the ElastiCacheServiceLinkedRole itself.`);
    }
  }
}

function isIn(scope: IConstruct, construct: IConstruct): boolean {
  return construct.node.scopes.includes(scope);
}

function resourcesOf(scope: IConstruct): CfnResource[] {
  return scope.node.findAll().filter(CfnResource.isCfnResource);
}
