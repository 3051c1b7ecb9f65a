import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';

export const TYPE = 'Custom::ElastiCacheServiceLinkedRole';
export const CACHE = 'AWS::ElastiCache::ServerlessCache';

/** The logical ID of the custom resource. Those of the other three resources start with it. */
export const DECLARATION = 'CustomElastiCacheServiceLinkedRole';

/** Call it before each test. */
export function newStack(): { app: App; stack: Stack } {
  const app = new App();
  return { app, stack: new Stack(app, 'Stack') };
}

export function cacheIn(scope: Construct, id = 'Cache'): CfnResource {
  return new CfnResource(scope, id, { type: CACHE });
}

interface TemplateResource {
  readonly Type: string;
  readonly DependsOn?: string[];
}

export function resourcesIn(stack: Stack): Record<string, TemplateResource> {
  return Template.fromStack(stack).toJSON().Resources;
}

/** Logical ID -> what the resource depends on. */
export function dependenciesIn(stack: Stack): Record<string, string[]> {
  return Object.fromEntries(Object.entries(resourcesIn(stack)).map(([id, { DependsOn = [] }]) => [id, DependsOn]));
}

/** A statement of a policy, as a template has it. */
interface TemplateStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the statements allow: an action, a resource, and a condition each. So it does not matter how CDK merges statements. */
export function permissionsOf(statements: readonly TemplateStatement[]): unknown[] {
  const permissions = statements.flatMap(({ Effect, Action, Resource, Condition = {}, ...rest }) => {
    expect({ Effect, rest }).toEqual({ Effect: 'Allow', rest: {} });
    return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => [action, resource, Condition]));
  });
  return [...new Set(permissions.map((permission) => JSON.stringify(permission)))].sort().map((permission) => JSON.parse(permission));
}
