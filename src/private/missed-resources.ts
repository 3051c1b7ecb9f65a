import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, CfnStack, Stack, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { RESOURCE_TYPE } from './custom-resource-contract';

export function isElastiCacheResource(node: IConstruct): node is CfnResource {
  return CfnResource.isCfnResource(node) && node.cfnResourceType.startsWith('AWS::ElastiCache::');
}

/** The ElastiCache resources in a synthesized stage that CloudFormation can deploy before the role is ready. */
export function missedResources(stage: Stage): CfnResource[] {
  const constructs = stage.node.findAll();
  const templates = new Templates(constructs.filter(Stack.isStack));
  return constructs.filter(isElastiCacheResource).filter((resource) => templates.contain(resource) && !templates.followsDeclaration(resource));
}

/** The resources of a template by their logical IDs. */
type Resources = Readonly<Record<string, { readonly Type: string }>>;

/** The templates of a stage. Read, because only they have all dependencies, including those by Ref and Fn::GetAtt. */
class Templates {
  private readonly resources = new Map<Stack, Resources>();
  /** Remembered, so that many resources take linear time. */
  private readonly providing = new Map<Stack, boolean>();
  private readonly following = new Map<string, boolean>();

  constructor(private readonly stacks: readonly Stack[]) {}

  /** Not a resource that its class leaves out of the template. */
  public contain({ stack, logicalId }: CfnResource): boolean {
    return stack.resolve(logicalId) in this.resourcesOf(stack);
  }

  /** Whether CloudFormation deploys the resource after a declaration of the role. */
  public followsDeclaration({ stack, logicalId }: CfnResource): boolean {
    return this.follows(stack, stack.resolve(logicalId)) || this.stackFollows(stack);
  }

  private stackFollows({ nestedStackResource, dependencies }: Stack): boolean {
    return nestedStackResource
      ? this.followsDeclaration(nestedStackResource as CfnResource)
      : dependencies.some((dependency) => this.provides(dependency));
  }

  /** Whether a resource that this one depends on, directly or not, is one after which the role is ready. */
  private follows(stack: Stack, logicalId: string): boolean {
    const key = `${stack.node.path} ${logicalId}`;
    if (!this.following.has(key)) {
      this.following.set(key, false); // until known, for circular dependencies
      const resources = this.resourcesOf(stack);
      const dependencies = dependenciesOf(resources[logicalId]).filter((id) => id in resources);
      this.following.set(key, dependencies.some((id) => this.isReadyAfter(stack, id, resources[id].Type) || this.follows(stack, id)));
    }
    return this.following.get(key)!;
  }

  /** Whether the role is ready after the resource: it is a declaration, or a nested stack that provides the role. */
  private isReadyAfter(stack: Stack, logicalId: string, type: string): boolean {
    return type === RESOURCE_TYPE || (type === CfnStack.CFN_RESOURCE_TYPE_NAME && this.nestedIn(stack).some((nested) =>
      stack.resolve(nested.nestedStackResource!.logicalId) === logicalId && this.provides(nested)));
  }

  /** Whether a declaration is in the stack, in one of its nested stacks, or in a stack that is deployed before it. */
  private provides(stack: Stack): boolean {
    if (!this.providing.has(stack)) {
      this.providing.set(stack, Object.values(this.resourcesOf(stack)).some(({ Type }) => Type === RESOURCE_TYPE)
        || this.nestedIn(stack).some((nested) => this.provides(nested))
        || stack.dependencies.some((dependency) => this.provides(dependency)));
    }
    return this.providing.get(stack)!;
  }

  private nestedIn(stack: Stack): Stack[] {
    return this.stacks.filter(({ nestedStackParent }) => nestedStackParent === stack);
  }

  private resourcesOf(stack: Stack): Resources {
    if (!this.resources.has(stack)) {
      const { Resources = {} } = JSON.parse(readFileSync(join(Stage.of(stack)!.synth().directory, stack.templateFile), 'utf8')) as { Resources?: Resources };
      this.resources.set(stack, Resources);
    }
    return this.resources.get(stack)!;
  }
}

/** The logical IDs in DependsOn, Ref, Fn::GetAtt, and Fn::Sub, and others that the template does not define as resources. */
function dependenciesOf(resource: object): string[] {
  return Object.entries(resource as Record<string, unknown>).flatMap(([key, value]) => {
    switch (key) {
      case 'DependsOn':
      case 'Ref':
        return value as string | string[];
      case 'Fn::GetAtt':
        return [value as string | string[]].flat()[0].split('.')[0];
      case 'Fn::Sub':
        return [...JSON.stringify(value).matchAll(/\$\{([^.}]+)/g)].map(([, id]) => id).concat(dependenciesOf([value].flat()));
      default:
        return typeof value === 'object' && value !== null ? dependenciesOf(value) : [];
    }
  });
}
