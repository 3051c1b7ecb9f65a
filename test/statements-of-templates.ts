/** A statement of a policy, as a template has it. */
export interface TemplateStatement {
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
