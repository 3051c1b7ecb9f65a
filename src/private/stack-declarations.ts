import { CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { RESOURCE_TYPE } from './custom-resource-contract';
import { assertSameProps, type DeclarationProps } from './declaration-props';
import { createCustomResource, createHandler } from './declaration-resources';

/** A construct that declares the role, with its custom resource. */
export interface Declaration {
  readonly construct: Construct;
  readonly props: DeclarationProps;
  readonly customResource: CfnResource;
  /** Counts the declarations of the stack, from 1. */
  readonly number: number;
  /** The construct that holds the function of the stack. */
  readonly functionHolder: Construct;
  readonly functionArn: string;
}

/** `Symbol.for`, so that two copies of this package share one function. A version that deploys other resources needs another name. */
const DECLARATIONS = Symbol.for('cdk-elasticache-service-linked-role.declarations.v1');

/** The first declaration in the scope's stack. */
export function findDeclaration(scope: IConstruct): Declaration | undefined {
  return declarationsIn(Stack.of(scope))[0];
}

/** The custom resource that an included template declares in the stack, such as the plain template of this package. */
export function findIncludedDeclaration(stack: Stack): CfnResource | undefined {
  const declared = declarationsIn(stack).map(({ customResource }) => customResource);
  return stack.node.findAll().filter(CfnResource.isCfnResource)
    .find((resource) => resource.cfnResourceType === RESOURCE_TYPE && resource.stack === stack && !declared.includes(resource));
}

/** Declares the role in the construct's stack. Throws if the stack has a declaration with other props, or an included one. */
export function declare(construct: Construct, props: DeclarationProps): CfnResource {
  const stack = Stack.of(construct);
  const earlier = declarationsIn(stack);
  const [first] = earlier;
  if (first) {
    assertSameProps(construct, [first.construct.node.path, first.props], [construct.node.path, props]);
  } else {
    refuseIncludedDeclaration(construct);
    construct.node.addValidation({ validate: () => includedDeclarationErrors(construct) }); // a template can be included later
  }
  const { functionHolder, functionArn } = first ?? { functionHolder: construct, functionArn: createHandler(construct, props).attrArn };
  const number = (earlier.at(-1)?.number ?? 0) + 1;
  const customResource = createCustomResource(construct, props, {
    number,
    serviceToken: first ? Lazy.string({ produce: () => functionArnFor(construct, first) }) : functionArn,
    previous: () => declarationsIn(stack).filter((each) => each.number < number).at(-1)?.customResource,
  });
  mark(stack, [...earlier, { construct, props, customResource, number, functionHolder, functionArn }]);
  return customResource;
}

function refuseIncludedDeclaration(construct: Construct): void {
  const [error] = includedDeclarationErrors(construct);
  if (error) {
    throw new Error(error);
  }
}

function includedDeclarationErrors(construct: Construct): string[] {
  const included = findIncludedDeclaration(Stack.of(construct));
  return included
    ? [`${construct.node.path}: ${included.node.path} declares the service-linked role in this stack, too. Depend on that resource instead.`]
    : [];
}

/** The function's ARN in the template. Throws if the construct that holds the function was removed from the tree. */
function functionArnFor({ node: { path } }: Construct, { functionHolder, functionArn }: Declaration): string {
  if (!isInTree(functionHolder)) {
    throw new Error(`${path}: ${functionHolder.node.path} holds the function for the service-linked role in this stack, and was removed after ${path} was created. `
      + `Remove it before you create ${path}, or keep it.`);
  }
  return functionArn;
}

/** Those that are in the tree, in the order of their creation. */
function declarationsIn(stack: Stack & { [DECLARATIONS]?: readonly Declaration[] }): readonly Declaration[] {
  return (stack[DECLARATIONS] ?? []).filter(({ construct }) => isInTree(construct));
}

function mark(stack: Stack, declarations: readonly Declaration[]): void {
  Object.defineProperty(stack, DECLARATIONS, { value: declarations, configurable: true });
}

/** Whether neither the construct nor one that contains it was removed. */
function isInTree(construct: IConstruct): boolean {
  return construct.node.scopes.every(({ node }) => !node.scope || node.scope.node.tryFindChild(node.id)?.node === node);
}
