import { type CfnResource, Stack } from 'aws-cdk-lib';
import { RESOURCE_TYPE } from './custom-resource';

/** Whether CloudFormation deploys the resource after a declaration of the role. Known once CDK has resolved the dependencies between constructs. */
export function followsDeclaration(resource: CfnResource): boolean {
  const stack = Stack.of(resource);
  return dependsOnDeclaration(resource, new Set())
    || (stack.nestedStackResource ? followsDeclaration(stack.nestedStackResource as CfnResource) : stack.dependencies.some(containsDeclaration));
}

/** Itself, or by a resource that it depends on. */
function dependsOnDeclaration(resource: CfnResource, visited: Set<CfnResource>): boolean {
  visited.add(resource);
  return resource.obtainDependencies().some((dependency) => !Stack.isStack(dependency) && !visited.has(dependency)
    && (isDeclaration(dependency) || dependsOnDeclaration(dependency, visited)));
}

function isDeclaration({ cfnResourceType }: CfnResource): boolean {
  return cfnResourceType === RESOURCE_TYPE;
}

/** In the stack, in one of its nested stacks, or in a stack that is deployed before it. */
function containsDeclaration(stack: Stack): boolean {
  return stack.node.findAll().some((node) => isDeclaration(node as CfnResource)) || stack.dependencies.some(containsDeclaration);
}
