import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { explore, type Model } from './explorer';
import { assertKept } from './guarantees';
import type { RoleState } from './iam/iam-model';
import { Simulation, someEvent } from './simulation';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { START } from './iam/simulated-clock';
import { RESOURCE_TYPE } from '../../src/private/custom-resource-contract';

// Every sequence of edits of an app, of any length: each deployment succeeds, is rolled back, or fails with --no-rollback, because of a
// resource that is deployed after the role. The templates are the library's, and the handler's code gets the events. Sequences that
// lead to the same state of the account continue as one.

const ROOT = 'Stack';
const DAY = 24 * 3_600 * 1_000;

const DESTROY = { removalPolicy: RemovalPolicy.DESTROY };
const declare = (scope: Construct, id: string, props: ElastiCacheServiceLinkedRoleProps = DESTROY) =>
  new ElastiCacheServiceLinkedRole(scope, id, props);

const APPS = {
  'no declaration': () => {},
  'RETAIN': (stack: Stack) => declare(stack, 'Role', {}),
  'DESTROY': (stack: Stack) => declare(stack, 'Role'),
  'RETAIN_ON_UPDATE_OR_DELETE': (stack: Stack) => declare(stack, 'Role', { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }),
  'a description': (stack: Stack) => declare(stack, 'Role', { ...DESTROY, description: 'requested' }),
  'another trigger': (stack: Stack) => declare(stack, 'Role', { ...DESTROY, trigger: '2' }),
  'another construct ID': (stack: Stack) => declare(stack, 'Renamed'),
  'moved into a construct': (stack: Stack) => declare(new Construct(stack, 'Container'), 'Role'),
  'two declarations': (stack: Stack) => ['Role', 'Second'].forEach((id) => declare(stack, id)),
  'two in the other order': (stack: Stack) => ['Second', 'Role'].forEach((id) => declare(stack, id)),
  'in a nested stack': (stack: Stack) => declare(new NestedStack(stack, 'Nested'), 'Role'),
  'by the aspect': (stack: Stack) => {
    new CfnResource(stack, 'Cache', { type: 'AWS::ElastiCache::ServerlessCache' });
    Aspects.of(stack).add(new EnsureElastiCacheServiceLinkedRole(DESTROY));
  },
};
type AppName = keyof typeof APPS;

/** A custom resource of the library in a template. */
interface Declaration {
  readonly stack: string;
  readonly properties: { readonly ServiceToken: string; readonly [name: string]: unknown };
  readonly deletionPolicy: string;
}
/** By stack and logical ID. */
type Declarations = Readonly<Record<string, Declaration>>;

function synthesize(build: (stack: Stack) => void): Declarations {
  const root = new Stack(new App(), ROOT);
  build(root);
  return Object.fromEntries(root.node.findAll().filter(Stack.isStack).flatMap((stack) =>
    Object.entries(Template.fromStack(stack).findResources(RESOURCE_TYPE)).map(([logicalId, { Properties, DeletionPolicy }]) =>
      [`${stack.node.path} ${logicalId}`, { stack: stack.node.path, properties: Properties, deletionPolicy: DeletionPolicy }])));
}

/** What CloudFormation records of a deployed custom resource. */
interface Resource extends Declaration {
  readonly physicalId: string;
}
type Resources = Readonly<Record<string, Resource>>;

interface Account {
  /** `createdBy`: the stack, unless that no longer exists. */
  readonly role?: RoleState & { readonly createdBy?: string };
  readonly resources: Resources;
  /** As the last deployment that succeeded left them, which a rollback restores. */
  readonly stable: Resources;
}

const OUTCOMES = ['succeeds', 'is rolled back', 'fails with --no-rollback'] as const;
type Outcome = typeof OUTCOMES[number];

/** Under which CloudFormation deletes a resource that is no longer in the template. */
const DELETING_POLICIES: Record<Outcome, readonly string[]> = {
  'succeeds': ['Delete'],
  'is rolled back': ['Delete', 'RetainExceptOnCreate'],
  'fails with --no-rollback': [],
};

interface Edit {
  readonly name: string;
  readonly target: Declarations;
  readonly outcome: Outcome;
}

/** An edit that leaves nothing of the stack. */
const DELETION: Edit = { name: 'the deletion of the stack', target: {}, outcome: 'succeeds' };

/** CloudFormation during one deployment, or the deletion of the stack. */
class Operation {
  /** Whether a Create or an Update succeeded, and no Delete deleted the role afterwards. */
  ensuredRole = false;
  private readonly simulation = new Simulation();
  private readonly resources: Record<string, Resource>;
  /** As they were before an Update changed the physical ID. */
  private readonly replaced: [string, Resource][] = [];
  private createdBy?: string;

  constructor(private readonly before: Account) {
    const { role } = before;
    this.resources = { ...before.resources };
    this.createdBy = role?.createdBy;
    if (role) {
      this.simulation.existingRole(role);
    }
  }

  async carryOut(edit: Edit): Promise<Account> {
    const stable = await this.deploy(edit);
    const { role, resources, createdBy } = this;
    return canonical({ role: role && { ...role, createdBy: edit === DELETION ? undefined : createdBy }, resources, stable });
  }

  /** Returns what a rollback of the next deployment restores. */
  private async deploy({ target, outcome }: Edit): Promise<Resources> {
    const { stable } = this.before;
    await this.update(target);
    if (outcome === 'fails with --no-rollback') {
      await this.cleanUp([]);
      return stable;
    }
    const kept = outcome === 'succeeds' ? target : stable;
    await this.update(kept);
    const removed = Object.entries(this.resources).filter(([key]) => !(key in kept));
    removed.forEach(([key]) => delete this.resources[key]);
    await this.cleanUp(removed.filter(([, { deletionPolicy }]) => DELETING_POLICIES[outcome].includes(deletionPolicy)));
    return this.resources;
  }

  private async update(target: Declarations): Promise<void> {
    for (const [key, declaration] of Object.entries(target)) {
      const { [key]: current } = this.resources;
      this.resources[key] = { ...declaration, physicalId: await this.createOrUpdate(key, declaration, current) };
    }
  }

  private async createOrUpdate(key: string, declaration: Declaration, current?: Resource): Promise<string> {
    if (!current) {
      return this.send('Create', declaration);
    }
    if (JSON.stringify(current.properties) === JSON.stringify(declaration.properties)) {
      return current.physicalId;
    }
    const [tokenBefore, tokenAfter] = [current, declaration].map(({ properties }) => JSON.stringify(properties.ServiceToken));
    assertKept(tokenBefore === tokenAfter, 'no edit changes the ServiceToken, which CloudFormation rejects');
    const roleExisted = this.role !== undefined;
    const physicalId = await this.send('Update', declaration, current.physicalId);
    if (physicalId !== current.physicalId) {
      assertKept(!roleExisted, 'the resource is replaced only if the role was deleted');
      this.replaced.push([key, current]);
    }
    return physicalId;
  }

  private async cleanUp(removed: readonly [string, Resource][]): Promise<void> {
    for (const [, resource] of [...this.replaced, ...removed]) {
      await this.send('Delete', resource, resource.physicalId);
    }
  }

  /** Returns the physical ID. */
  private async send(type: 'Create' | 'Update' | 'Delete', { stack, properties }: Declaration, id?: string): Promise<string> {
    const { role: before, createdBy } = this;
    const response = await this.simulation.handle({ ...someEvent(type, { id, stackId: stack }), ResourceProperties: properties });
    const { role: after } = this;
    const hasDeleted = before !== undefined && !after;
    assertKept(response.Status === 'SUCCESS', 'every event succeeds');
    assertKept(!hasDeleted || (type === 'Delete' && createdBy === stack), 'a stack deletes no role that it did not create');
    this.ensuredRole = type !== 'Delete' || (this.ensuredRole && !hasDeleted);
    this.createdBy = after?.RoleId === before?.RoleId ? createdBy : stack;
    return response.PhysicalResourceId;
  }

  get role(): RoleState | undefined {
    return this.simulation.iam.role;
  }
}

/** The same for accounts that differ only in the age and the RoleIds of their roles. */
function canonical({ role, resources, stable }: Account): Account {
  const existing = [ROOT, ...Object.values({ ...stable, ...resources }).map(({ stack }) => stack)];
  const createdBy = existing.find((stack) => stack === role?.createdBy);
  const json = JSON.stringify({ ...role && { role: { ...role, created: START - DAY, createdBy } }, resources, stable });
  const ids = [...new Set(json.match(/AROA\w+/g))];
  return JSON.parse(json.replace(/AROA\w+/g, (id) => `AROA_${ids.indexOf(id)}`));
}

const isOwned = ({ physicalId }: Resource, { RoleId }: RoleState) => physicalId.endsWith(`/${RoleId}`);

/** Whether the edit leaves the owner's stack without a declaration, and the policy then in force deletes the role. */
function removesOwner({ role, resources, stable }: Account, { target, outcome }: Edit): boolean {
  const kept = { 'succeeds': target, 'is rolled back': stable, 'fails with --no-rollback': resources }[outcome];
  const attempted = outcome === 'is rolled back' ? target : {};
  const inStackOf = ({ stack }: Resource) => (declaration: Declaration) => declaration.stack === stack;
  return Object.values(resources).filter((resource) => role && isOwned(resource, role)).some((owner) => {
    const { deletionPolicy } = Object.values(attempted).find(inStackOf(owner)) ?? owner;
    return !Object.values(kept).some(inStackOf(owner)) && DELETING_POLICIES[outcome].includes(deletionPolicy);
  });
}

async function carryOut(before: Account, edit: Edit): Promise<Account> {
  const operation = new Operation(before);
  const after = await operation.carryOut(edit);
  if (before.role) {
    const expected = removesOwner(before, edit) ? undefined : before.role.RoleId;
    assertKept(operation.role?.RoleId === expected, 'the role is deleted with the declaration of its owner, and only then');
  }
  if (edit.outcome !== 'is rolled back' && operation.ensuredRole) {
    assertKept(after.role !== undefined, 'the declared role exists');
    const requested = Object.values(edit.target).flatMap(({ properties: { Description } }) => Description ?? []);
    assertKept(requested.every((description) => description === after.role!.Description), 'the role has the requested description');
  }
  return after;
}

/** Every edit to each of the apps, from an account without a role. */
function everyEdit(apps: Readonly<Record<string, Declarations>>): Model<Account> {
  const edits = [
    ...Object.entries(apps).flatMap(([name, target]) => OUTCOMES.map((outcome) => ({ name, target, outcome }))),
    DELETION,
  ];
  return {
    initial: NO_ROLE,
    steps: (account) => edits.map((edit) => ({ label: `${edit.name} ${edit.outcome}`, take: () => carryOut(account, edit) })),
    key: (account) => JSON.stringify(account),
  };
}

const TEMPLATES = Object.fromEntries(Object.entries(APPS).map(([name, build]) => [name, synthesize(build)])) as Record<AppName, Declarations>;
const NO_ROLE = canonical({ resources: {}, stable: {} });

/** The account after deployments that succeed, from one without a role. */
async function deployInTurn(...names: readonly AppName[]): Promise<Account> {
  let account = NO_ROLE;
  for (const name of names) {
    account = await carryOut(account, { name, target: TEMPLATES[name], outcome: 'succeeds' });
  }
  return account;
}

test('every edit succeeds, and the role is deleted with the declaration of its owner only', async () => {
  const model = everyEdit(TEMPLATES);
  const { states, violation } = await explore(model);
  process.stdout.write(`edits: ${states} states, ${states * model.steps(model.initial).length} edits\n`);
  expect(violation).toBeUndefined();
});

test('one of the states is an account with an old role and no stack', async () => {
  const { role, resources, stable } = await carryOut(await deployInTurn('RETAIN'), DELETION);
  expect(role).toMatchObject({ created: START - DAY });
  expect({ ...resources, ...stable }).toEqual({});
});

test('finds a construct ID that is part of the logical ID', async () => {
  const { DESTROY: original, 'another construct ID': renamed } = TEMPLATES;
  const withDerivedId = Object.fromEntries(Object.entries(renamed).map(([key, declaration]) => [`${key}Renamed`, declaration]));
  expect((await explore(everyEdit({ original, renamed: withDerivedId }))).violation).toEqual({
    promise: 'the role is deleted with the declaration of its owner, and only then',
    trace: ['original succeeds', 'renamed succeeds'],
  });
});

test('moving the declaration into a nested stack deletes the role of the same stack under DESTROY, but not if RETAIN is deployed first', async () => {
  expect((await deployInTurn('DESTROY', 'in a nested stack')).role).toBeUndefined();
  expect((await deployInTurn('DESTROY', 'RETAIN', 'in a nested stack')).role).toBeDefined();
});
