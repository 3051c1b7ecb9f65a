import type { RoleProperties } from '../../src/private/custom-resource-contract';

// CloudFormation, as far as the custom resources of a stack are concerned: which events it sends, and what it makes of the responses.

export type Properties = RoleProperties & { readonly ServiceToken?: unknown };

/** A custom resource in a template. */
export interface Declaration {
  readonly properties: Properties;
  readonly deletionPolicy: 'Delete' | 'Retain' | 'RetainExceptOnCreate';
}
/** By logical ID, each after those on which it depends. */
export type Template = Readonly<Record<string, Declaration>>;

/** What the user of a stack does. */
export interface Deployment {
  /** An empty one is also the deletion of the stack. */
  readonly template: Template;
  /** Another resource fails after the custom resources. */
  readonly failsLater?: boolean;
  /** A failure ends the deployment, as with --no-rollback. */
  readonly withoutRollback?: boolean;
  /** The Update events of a rollback carry the physical IDs from before the deployment, not the current ones. */
  readonly rollsBackPreviousIds?: boolean;
}

/** A custom resource as CloudFormation records it. */
interface Resource extends Declaration {
  readonly physicalId: string;
  /** As the last SUCCESS reported it. */
  readonly roleId?: string;
  readonly hasFailed?: boolean;
}
type Resources = Readonly<Record<string, Resource>>;

interface Obsolete extends Resource {
  readonly logicalId: string;
}

export interface Stack {
  /** The current one, and those to come. */
  readonly deployments: readonly Deployment[];
  readonly phase: 'idle' | 'deploying' | 'rolling back' | 'cleaning up';
  readonly resources: Resources;
  /** As the last successful deployment left them. A rollback restores them. */
  readonly stable: Resources;
  /** What the clean-up deletes: removed and replaced resources, and those whose Create failed. */
  readonly obsolete: readonly Obsolete[];
  /** How often the current request failed. */
  readonly failures: number;
}

export const NO_STACK: Stack = { deployments: [], phase: 'idle', resources: {}, stable: {}, obsolete: [], failures: 0 };

/** What CloudFormation sends to the function. */
export interface Request {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly logicalId: string;
  readonly properties: Properties;
  readonly oldProperties?: Properties;
  readonly physicalId?: string;
  /** The Delete of a physical ID in whose place the stack has another one. */
  readonly isCleanUp: boolean;
}

export interface Outcome {
  readonly succeeded: boolean;
  readonly physicalId: string;
  readonly roleId?: string;
}

/** CloudFormation repeats a clean-up. For the deletion of a stack and the rollback of an update, this is what a user does. */
const MAX_FAILURES = { 'cleaning up': 3, 'rolling back': 2 };

/** Starts the deployments, up to the first request. */
export function deploy(stack: Stack, deployments: readonly Deployment[]): Stack {
  return proceed({ ...stack, deployments });
}

/** What the stack waits for. Undefined: nothing is left to do. */
export function requestOf(stack: Stack): Request | undefined {
  const { phase, resources, obsolete: [obsolete] } = stack;
  if (phase === 'idle') {
    return undefined;
  }
  if (phase === 'cleaning up') {
    const { logicalId, physicalId, properties } = obsolete;
    return { type: 'Delete', logicalId, physicalId, properties, isCleanUp: logicalId in resources };
  }
  const [logicalId, { properties }] = nextOf(stack)!;
  const { [logicalId]: current } = resources;
  return current
    ? { type: 'Update', logicalId, physicalId: current.physicalId, properties, oldProperties: current.properties, isCleanUp: false }
    : { type: 'Create', logicalId, properties, isCleanUp: false };
}

/** The stack after the response to its request. */
export function receive(stack: Stack, { succeeded, physicalId, roleId }: Outcome): Stack {
  const { phase, resources, obsolete, failures } = stack;
  if (phase === 'cleaning up') {
    const repeats = !succeeded && failures + 1 < MAX_FAILURES[phase];
    return proceed(repeats ? { ...stack, failures: failures + 1 } : { ...stack, failures: 0, obsolete: obsolete.slice(1) });
  }
  const [logicalId, declaration] = nextOf(stack)!;
  const { [logicalId]: current } = resources;
  const withResource = (resource: Resource): Stack => ({ ...stack, failures: 0, resources: { ...resources, [logicalId]: resource } });
  if (succeeded) {
    const previous = current && current.physicalId !== physicalId ? [{ logicalId, ...current }] : [];
    return proceed({ ...withResource({ ...declaration, physicalId, roleId }), obsolete: [...obsolete, ...previous] });
  }
  if (phase === 'rolling back') {
    return proceed(failures + 1 < MAX_FAILURES[phase]
      ? { ...stack, failures: failures + 1 }
      : withResource({ ...declaration, physicalId: current.physicalId, roleId: current.roleId })); // The user skips it.
  }
  return proceed(fail(current
    ? withResource({ ...current, hasFailed: true })
    : { ...stack, obsolete: [...obsolete, { logicalId, ...declaration, physicalId }] }));
}

/** To where the stack waits for a response, or nothing is left to do. */
function proceed(stack: Stack): Stack {
  const { deployments: [deployment, ...rest], phase, obsolete, stable } = stack;
  switch (phase) {
    case 'idle':
      if (!deployment) {
        return stack;
      }
      return proceed(isNoChange(stack, deployment) ? { ...stack, deployments: rest } : { ...stack, phase: 'deploying' });
    case 'deploying':
      if (nextOf(stack)) {
        return stack;
      }
      return proceed(deployment.failsLater ? fail(stack) : keep(stack, deployment.template, ['Delete']));
    case 'rolling back':
      if (nextOf(stack)) {
        return stack;
      }
      return proceed(keep(stack, stable, ['Delete', 'RetainExceptOnCreate']));
    case 'cleaning up':
      return obsolete.length > 0 ? stack : proceed({ ...stack, phase: 'idle', deployments: rest });
  }
}

/** CloudFormation deploys no template in which only the policies changed. */
function isNoChange({ resources, obsolete }: Stack, { template, failsLater }: Deployment): boolean {
  return !failsLater && obsolete.length === 0
    && Object.keys({ ...resources, ...template }).every((id) => id in template && isDeployed(resources[id], template[id]));
}

function isDeployed(resource: Resource | undefined, { properties }: Declaration): boolean {
  return resource !== undefined && !resource.hasFailed && JSON.stringify(resource.properties) === JSON.stringify(properties);
}

/** The resource that is created or updated next. */
function nextOf({ deployments: [{ template }], phase, resources, stable }: Stack): [string, Declaration] | undefined {
  return Object.entries(phase === 'rolling back' ? stable : template).find(([id, declaration]) => !isDeployed(resources[id], declaration));
}

/** What follows when a resource of the deployment failed. */
function fail(stack: Stack): Stack {
  const { deployments: [deployment, ...rest], resources, stable, obsolete } = stack;
  if (deployment.withoutRollback) {
    return { ...stack, phase: 'idle', deployments: rest };
  }
  // After the creation of a stack was rolled back, CloudFormation accepts only its deletion.
  const rolledBack: Stack = { ...stack, phase: 'rolling back', ...Object.keys(stable).length === 0 && { deployments: [deployment] } };
  if (!deployment.rollsBackPreviousIds) {
    return rolledBack;
  }
  const replaced = Object.keys(stable).filter((id) => stable[id].physicalId !== resources[id].physicalId);
  return {
    ...rolledBack,
    resources: { ...resources, ...Object.fromEntries(replaced.map((id) => [id, { ...resources[id], physicalId: stable[id].physicalId }])) },
    obsolete: [...obsolete, ...replaced.map((logicalId) => ({ logicalId, ...resources[logicalId] }))],
  };
}

/** Keeps the resources of the template, with its policies. The clean-up deletes the others under these policies, the last one first. */
function keep(stack: Stack, template: Template, deletingPolicies: readonly string[]): Stack {
  const kept: Resources = Object.fromEntries(Object.entries(template)
    .map(([id, { deletionPolicy }]) => [id, { ...stack.resources[id], deletionPolicy }]));
  const removed = Object.entries(stack.resources).reverse()
    .filter(([id, { deletionPolicy }]) => !(id in kept) && deletingPolicies.includes(deletionPolicy));
  const obsolete = [...stack.obsolete, ...removed.map(([logicalId, resource]) => ({ logicalId, ...resource }))]
    .filter(({ logicalId, physicalId }) => kept[logicalId]?.physicalId !== physicalId);
  const unique = new Map(obsolete.map((each) => [`${each.logicalId} ${each.physicalId}`, each]));
  return { ...stack, phase: 'cleaning up', resources: kept, stable: kept, obsolete: [...unique.values()] };
}
