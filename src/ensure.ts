import { CfnResource, type IAspect, Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { Declaration, type DeclarationProps } from './declaration';
import { declarationProps, type ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from './service-linked-role';

/**
 * How the role is declared in each stack, or which declaration all stacks depend on.
 */
export interface EnsureElastiCacheServiceLinkedRoleProps extends ElastiCacheServiceLinkedRoleProps {
  /**
   * The declaration that all ElastiCache resources depend on, also those of other stacks. Excludes all other props.
   *
   * @default - each stack with an ElastiCache resource gets a declaration of its own
   */
  readonly role?: ElastiCacheServiceLinkedRole;
}

/**
 * Declares the service-linked role in each stack that has an `AWS::ElastiCache::*` resource, and makes each such resource depend on it.
 *
 * A stack that declares an `ElastiCacheServiceLinkedRole` itself uses that one, whatever its props. Nested stacks count as stacks.
 *
 * CDK synthesizes each `Stage` on its own, and before the aspects of the app around it. Add the aspect to the stage as well:
 * `Aspects.of(stage).add(...)`; the same instance will do.
 *
 * Add the aspect to a stack or above rather than inside one, or have the feature flag `@aws-cdk/core:aspectStabilization` on. Otherwise other aspects,
 * such as tags and permissions boundaries, do not reach what this one adds.
 *
 * Throws on props that `ElastiCacheServiceLinkedRole` throws on and on `role` beside other props. Throws at synthesis if a resource cannot depend on `role`
 * (a cycle between stacks, another stage, another account), if two aspects declare the role in one stack with different props, and if a stage within
 * the aspect's reach has an ElastiCache resource but not the aspect.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/using-service-linked-roles.html
 * @example
 * Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
 */
export class EnsureElastiCacheServiceLinkedRole implements IAspect {
  private readonly role?: ElastiCacheServiceLinkedRole;
  private readonly declarationProps: DeclarationProps;
  private readonly declarations = new Map<Stack, Declaration>();
  private readonly seen = new WeakSet<IConstruct>();

  /**
   * @param props how the role is declared, or which declaration to depend on
   */
  constructor(props: EnsureElastiCacheServiceLinkedRoleProps = {}) {
    const { role, ...declared } = props;
    const given = Object.entries(declared).filter(([, value]) => value !== undefined).map(([name]) => name);
    if (role && given.length > 0) {
      throw new Error(`role must be given alone, got ${role.node.path} and ${given.join(', ')}: give ${given.join(', ')} to that role, or leave out role`);
    }
    this.role = role;
    this.declarationProps = declarationProps(declared);
  }

  /**
   * Called by CDK, for each construct within reach.
   *
   * @param node the construct
   */
  public visit(node: IConstruct): void {
    if (!this.seen.has(node)) {
      this.ensure(node);
    }
  }

  /**
   * Everything within reach at the first visit, before the others are visited: so other aspects visit what this one adds, and CDK, which starts
   * anew whenever a visit adds aspects (as an iam.Role does to itself) and takes a hundred new starts for an infinite loop, needs only one.
   */
  private ensure(scope: IConstruct): void {
    this.seen.add(scope);
    if (isElastiCacheResource(scope)) {
      this.ensureResource(scope);
    }
    for (const child of scope.node.children) {
      if (Stage.isStage(child)) {
        assertEnsured(scope, child);
      } else {
        this.ensure(child);
      }
    }
  }

  private ensureResource(resource: CfnResource): void {
    const declaration = this.declarationFor(Stack.of(resource));
    assertNoCycle(resource, declaration);
    if (topLevelStack(resource) === topLevelStack(declaration)) {
      resource.addDependency(declaration.resource);
    }
    ensured.add(resource);
  }

  private declarationFor(stack: Stack): Declaration {
    const declaration = this.declarations.get(stack) ?? this.findOrDeclare(stack);
    this.declarations.set(stack, declaration);
    return declaration;
  }

  private findOrDeclare(stack: Stack): Declaration {
    const declarer = `${EnsureElastiCacheServiceLinkedRole.name} on ${stack.node.path}`;
    const existing = Declaration.find(stack);
    if (existing && existing.declarer !== declarer) {
      return existing;
    }
    return this.role ? reach(stack, this.role) : Declaration.of(stack, this.declarationProps, declarer);
  }
}

/** By whatever instance, so that one of the app sees what one of a stage did. */
const ensured = new WeakSet<IConstruct>();

function isElastiCacheResource(node: IConstruct): node is CfnResource {
  return CfnResource.isCfnResource(node) && node.cfnResourceType.startsWith('AWS::ElastiCache::');
}

/** CDK finds cycles between stacks, and not until the dependencies between constructs became some between resources. */
function assertNoCycle(resource: CfnResource, declaration: Declaration): void {
  const ancestors = new Set(resource.node.scopes);
  const dependency = declaration.node.scopes.flatMap(({ node }) => node.dependencies).find((root) => ancestors.has(root));
  if (dependency) {
    throw new Error(`${resource.node.path} cannot depend on the service-linked role that ${declaration.declarer} declares, which depends on ${dependency.node.path}: `
      + 'remove that dependency, or declare the role in a stack that has none of the kind');
  }
}

/** A stage is synthesized by now: it is too late to do for it what its own aspects did not. */
function assertEnsured(scope: IConstruct, stage: Stage): void {
  const missed = stage.node.findAll().find((node) => isElastiCacheResource(node) && !ensured.has(node));
  if (missed) {
    throw new Error(`${missed.node.path} is in stage ${Stage.of(missed)?.node.path}, which the aspects of ${scope.node.path || 'the app'} do not reach: `
      + `add ${EnsureElastiCacheServiceLinkedRole.name} to the stage too, with Aspects.of(stage).add(...)`);
  }
}

/** The declaration of the role; its stack is deployed before the other, unless both are of one deployment. */
function reach(stack: Stack, role: ElastiCacheServiceLinkedRole): Declaration {
  const [from, to] = [topLevelStack(stack), topLevelStack(role)];
  const { path } = role.node;
  if (Stage.of(from) !== Stage.of(to)) {
    throw new Error(`${stack.node.path} cannot depend on ${path}, which is in another stage: give each stage a role of its own, or leave out role`);
  }
  if (![from, to].some(({ account }) => Token.isUnresolved(account)) && from.account !== to.account) {
    throw new Error(`${stack.node.path} is deployed to account ${from.account} and gains nothing from ${path} in account ${to.account}: `
      + 'give each account a role of its own, or leave out role');
  }
  try {
    // Between the stacks and not from each resource: CDK looks for cycles at each call. It cites the reason if a later reference makes one.
    from.addDependency(to, `the ElastiCache resources of ${stack.node.path} depend on ${path}, which must be in a stack that needs none of them`);
  } catch (error) {
    throw new Error(`${stack.node.path} cannot depend on ${path}, whose stack depends on ${from.node.path}: `
      + `declare the role in a stack that does not, or leave out role (${(error as Error).message})`);
  }
  return Declaration.find(role)!;
}

function topLevelStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? topLevelStack(stack.nestedStackParent) : stack;
}
