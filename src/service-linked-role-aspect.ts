import { type IAspect, Stack, Stage } from 'aws-cdk-lib';
import type { IConstruct, IDependable } from 'constructs';
import { assertSameProps, type DeclarationProps, declarationProps } from './private/declaration-props';
import { isElastiCacheResource, missedResources } from './private/missed-resources';
import { findDeclaration, findIncludedDeclaration } from './private/stack-declarations';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from './service-linked-role';

/** The id of what the aspect adds to a stack. */
const ID = 'EnsureElastiCacheServiceLinkedRole';

/** Marks what an aspect added, also one of another copy of this package. */
const BY_ASPECT = Symbol.for('cdk-elasticache-service-linked-role.declaredByAspect.v1');

/**
 * Properties for `EnsureElastiCacheServiceLinkedRole`: how it declares the role in each stack.
 */
export interface EnsureElastiCacheServiceLinkedRoleProps extends ElastiCacheServiceLinkedRoleProps {}

/**
 * Declares the role in each stack that has ElastiCache resources, and makes them depend on it.
 *
 * A stack that declares an `ElastiCacheServiceLinkedRole` itself keeps that declaration, even with other props. A nested stack counts as a stack.
 *
 * CDK does not apply the aspects of an app to the stages in it. Add the aspect to each stage: `Aspects.of(stage).add(...)`. The same
 * instance can be added to several. Synthesis fails if an ElastiCache resource in a stage neither has the aspect nor depends on a declaration.
 *
 * Add the aspect to a stack or above. If it is added inside a stack, other aspects, such as tags, reach its resources only with
 * the feature flag `@aws-cdk/core:aspectStabilization`.
 *
 * Throws if a prop is out of bounds and, at synthesis, if two aspects declare the role in one stack with different props.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html
 * @example
 * Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
 */
export class EnsureElastiCacheServiceLinkedRole implements IAspect {
  private readonly props: DeclarationProps;
  private readonly stacks = new WeakMap<Stack, IDependable>();
  private readonly visited = new WeakSet<IConstruct>();

  /**
   * @param props how the aspect declares the role in each stack
   */
  constructor(props: EnsureElastiCacheServiceLinkedRoleProps = {}) {
    this.props = declarationProps(ID, props);
  }

  /**
   * CDK calls this for each construct in the scope of the aspect.
   *
   * @param node the construct
   */
  public visit(node: IConstruct): void {
    if (!this.visited.has(node)) {
      this.ensure(node);
    }
  }

  /**
   * The first visit handles the whole tree, so that other aspects visit the declarations, too. CDK restarts the visits when one of them
   * adds an aspect, as iam.Role does, and fails after 100 restarts; this way it restarts once.
   */
  private ensure(scope: IConstruct): void {
    this.visited.add(scope);
    if (isElastiCacheResource(scope)) {
      scope.node.addDependency(this.declarationOf(Stack.of(scope)));
    }
    for (const child of scope.node.children) {
      if (Stage.isStage(child)) {
        scope.node.addValidation({ validate: () => errorsOf(child) });
      } else {
        this.ensure(child);
      }
    }
  }

  private declarationOf(stack: Stack): IDependable {
    const declaration = this.stacks.get(stack) ?? this.declareIn(stack);
    this.stacks.set(stack, declaration);
    return declaration;
  }

  private declareIn(stack: Stack): IDependable {
    const existing = findDeclaration(stack);
    if (!existing) {
      return findIncludedDeclaration(stack)
        ?? Object.defineProperty(new ElastiCacheServiceLinkedRole(stack, ID, this.props), BY_ASPECT, { value: true });
    }
    const { construct, props } = existing;
    if (BY_ASPECT in construct) {
      assertSameProps(stack, [construct.node.path, props], [`another ${ID}`, this.props]);
    }
    return construct;
  }
}

/** CDK has synthesized the stage by now, so it is too late to declare the role there. */
function errorsOf(stage: Stage): string[] {
  return missedResources(stage).map((resource) => `${resource.node.path} in the stage ${Stage.of(resource)!.node.path} does not depend on the service-linked role, `
    + 'and CDK does not apply aspects across stages. Add the aspect to the stage, too, before CDK Pipelines or another call synthesizes it: '
    + `Aspects.of(stage).add(new ${ID}()).`);
}
