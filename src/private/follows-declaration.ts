import { type CfnResource, CfnStack, Stack } from 'aws-cdk-lib';
import { RESOURCE_TYPE } from './custom-resource-contract';

/**
 * Whether CloudFormation deploys the resource after a declaration of the role. Known once CDK has resolved the dependencies between constructs.
 *
 * `provides` remembers for each stack whether it provides the role, so that many resources of an app take linear time.
 */
export function followsDeclaration(resource: CfnResource, provides: Map<Stack, boolean>): boolean {
  const stack = Stack.of(resource);
  return dependsOnDeclaration(resource, provides, new Set()) || (stack.nestedStackResource
    ? followsDeclaration(stack.nestedStackResource as CfnResource, provides)
    : stack.dependencies.some((dependency) => providesRole(dependency, provides)));
}

/** Itself, or by a resource that it depends on. */
function dependsOnDeclaration(resource: CfnResource, provides: Map<Stack, boolean>, visited: Set<CfnResource>): boolean {
  visited.add(resource);
  return resource.obtainDependencies().some((dependency) => !Stack.isStack(dependency) && !visited.has(dependency)
    && (isDeclaration(dependency) || isNestedDeclaration(dependency, provides) || dependsOnDeclaration(dependency, provides, visited)));
}

function isDeclaration({ cfnResourceType }: CfnResource): boolean {
  return cfnResourceType === RESOURCE_TYPE;
}

/** Whether the resource is a nested stack that provides the role. CDK creates its resource in a construct beside it. */
function isNestedDeclaration(resource: CfnResource, provides: Map<Stack, boolean>): boolean {
  const siblings = resource.cfnResourceType === CfnStack.CFN_RESOURCE_TYPE_NAME ? resource.node.scopes.at(-3)!.node.children : [];
  const nestedStack = siblings.filter(Stack.isStack).find(({ nestedStackResource }) => nestedStackResource === resource);
  return nestedStack !== undefined && providesRole(nestedStack, provides);
}

/** Whether a declaration is in the stack, in one of its nested stacks, or in a stack that is deployed before it. */
function providesRole(stack: Stack, provides: Map<Stack, boolean>): boolean {
  if (!provides.has(stack)) {
    const containsDeclaration = stack.node.findAll().some((node) => isDeclaration(node as CfnResource));
    provides.set(stack, containsDeclaration || stack.dependencies.some((dependency) => providesRole(dependency, provides)));
  }
  return provides.get(stack)!;
}
