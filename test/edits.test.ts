import assert from 'assert/strict';
import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Construct } from 'constructs';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, EnsureElastiCacheServiceLinkedRole } from '../src';
import type { RoleState } from './iam/iam-model';
import { ScriptedIam } from './iam/scripted-iam';
import { START } from './iam/simulated-clock';
import { respond } from '../src/handler/respond';
import { RESOURCE_TYPE } from '../src/private/custom-resource-contract';
import { ROLE_PATH } from '../src/private/role-identity';

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
  readonly properties: Readonly<Record<string, unknown>>;
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

interface SentEvent {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly stack: string;
  readonly status: string;
  /** The role that the handler deleted. */
  readonly deleted?: Account['role'];
}

/** CloudFormation during one deployment, or the deletion of the stack. */
class Operation {
  readonly events: SentEvent[] = [];
  private readonly resources: Record<string, Resource>;
  private time = START;
  private readonly iam: ScriptedIam;
  /** As they were before an Update changed the physical ID. */
  private readonly replaced: [string, Resource][] = [];
  private createdBy?: string;

  constructor(private readonly before: Account) {
    const { role } = before;
    this.resources = { ...before.resources };
    this.createdBy = role?.createdBy;
    this.iam = new ScriptedIam({ now: () => this.time });
    if (role) {
      this.iam.createRole(role);
    }
  }

  async deploy(target: Declarations, outcome: Outcome): Promise<Account> {
    for (const [key, declaration] of Object.entries(target)) {
      await this.update(key, declaration);
    }
    if (outcome === 'fails with --no-rollback') {
      await this.cleanUp([]);
      return this.account(this.before.stable);
    }
    const kept = outcome === 'succeeds' ? target : this.before.stable;
    for (const [key, declaration] of Object.entries(kept)) {
      await this.update(key, declaration);
    }
    const removed = Object.entries(this.resources).filter(([key]) => !(key in kept));
    removed.forEach(([key]) => delete this.resources[key]);
    const deletingPolicies = DELETING_POLICIES[outcome];
    await this.cleanUp(removed.filter(([, { deletionPolicy }]) => deletingPolicies.includes(deletionPolicy)));
    return this.account(this.resources);
  }

  private async cleanUp(removed: readonly [string, Resource][]): Promise<void> {
    for (const [key, resource] of [...this.replaced, ...removed]) {
      await this.send('Delete', key, resource, resource.physicalId);
    }
  }

  private async update(key: string, declaration: Declaration): Promise<void> {
    const { [key]: current } = this.resources;
    if (!current) {
      this.resources[key] = { ...declaration, physicalId: await this.send('Create', key, declaration) };
    } else if (JSON.stringify(current.properties) !== JSON.stringify(declaration.properties)) {
      assert.deepEqual(declaration.properties.ServiceToken, current.properties.ServiceToken, 'CloudFormation accepts no other ServiceToken');
      const roleExisted = this.role;
      const physicalId = await this.send('Update', key, declaration, current.physicalId);
      if (physicalId !== current.physicalId) {
        assert.ok(!roleExisted, 'the resource is replaced only if the role was deleted');
        this.replaced.push([key, current]);
      }
      this.resources[key] = { ...declaration, physicalId };
    }
    this.resources[key] = { ...declaration, physicalId: this.resources[key].physicalId };
  }

  /** Returns the physical ID. */
  private async send(type: SentEvent['type'], key: string, { stack, properties }: Declaration, physicalId?: string): Promise<string> {
    const event = {
      RequestType: type,
      ...physicalId && { PhysicalResourceId: physicalId },
      StackId: stack,
      RequestId: 'request',
      LogicalResourceId: key,
      ResponseURL: 'https://example.com/',
      ResourceProperties: properties,
    } as unknown as CloudFormationCustomResourceEvent;
    const { role, createdBy } = this;
    let body = '';
    await respond(event, 900_000, {
      // Time-outs never end; other timers do at once.
      clock: { now: () => this.time, sleep: async (ms, { ref } = { ref: true }) => ref ? this.time += ms : new Promise<never>(() => {}) },
      iam: this.iam.client,
      log: () => {},
      put: async (_, sent) => {
        body = sent;
        return 200;
      },
    });
    const response = JSON.parse(body);
    this.createdBy = this.iam.role?.RoleId === role?.RoleId ? createdBy : stack;
    this.events.push({ type, stack, status: response.Status, ...role && !this.role && { deleted: role } });
    return response.PhysicalResourceId;
  }

  private get role(): Account['role'] {
    return this.iam.role && { ...this.iam.role, createdBy: this.createdBy };
  }

  private account(stable: Resources): Account {
    const { resources } = this;
    return canonical({ role: this.role, resources, stable });
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

interface Edit {
  readonly name: string;
  readonly target: Declarations;
  readonly outcome: Outcome;
}

const DELETION = 'the stack is deleted';

async function operate(before: Account, { name, target, outcome }: Edit): Promise<{ after: Account; events: readonly SentEvent[] }> {
  const operation = new Operation(before);
  const { role, ...rest } = await operation.deploy(target, outcome);
  const after = { ...role && { role: name === DELETION ? { ...role, createdBy: undefined } : role }, ...rest };
  return { after, events: operation.events };
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

function check(before: Account, edit: Edit, after: Account, events: readonly SentEvent[]): void {
  for (const { type, stack, status, deleted } of events) {
    assert.equal(status, 'SUCCESS', 'every event succeeds');
    assert.ok(!deleted || (type === 'Delete' && deleted.createdBy === stack), 'a stack deletes no role that it did not create');
  }
  if (before.role) {
    const expected = removesOwner(before, edit) ? undefined : before.role.RoleId;
    assert.equal(after.role?.RoleId, expected, 'the role is deleted with the declaration of its owner, and only then');
  }
  if (edit.outcome !== 'is rolled back' && events.some(({ type }) => type !== 'Delete') && !events.some(({ deleted }) => deleted)) {
    assert.ok(after.role, 'the declared role exists');
    const requested = Object.values(edit.target).flatMap(({ properties: { Description } }) => Description ?? []);
    assert.ok(requested.every((description) => description === after.role!.Description), 'the role has the requested description');
  }
}

/** The accounts that the edits lead to, from one without a role and from one with an old role. Throws at the first edit that breaks a promise. */
async function explore(apps: Readonly<Record<string, Declarations>>): Promise<{ states: number; edits: number }> {
  const edits: Edit[] = [
    ...Object.entries(apps).flatMap(([name, target]) => OUTCOMES.map((outcome) => ({ name, target, outcome }))),
    { name: DELETION, target: {}, outcome: 'succeeds' },
  ];
  const oldRole = { RoleId: 'AROA_0', Path: ROLE_PATH, created: START - DAY };
  const states: { readonly account: Account; readonly trace: string }[] = [
    { account: canonical({ resources: {}, stable: {} }), trace: 'no role' },
    { account: canonical({ role: oldRole, resources: {}, stable: {} }), trace: 'an old role' },
  ];
  const seen = new Set(states.map(({ account }) => JSON.stringify(account)));
  for (const { account, trace } of states) { // which grows
    for (const edit of edits) {
      const editTrace = `${trace}; ${edit.name} ${edit.name === DELETION ? '' : edit.outcome}`;
      try {
        const { after, events } = await operate(account, edit);
        check(account, edit, after, events);
        if (!seen.has(JSON.stringify(after))) {
          seen.add(JSON.stringify(after));
          states.push({ account: after, trace: editTrace });
        }
      } catch (error) {
        throw new Error(`${editTrace}: ${(error as Error).message}`, { cause: error });
      }
    }
  }
  return { states: states.length, edits: states.length * edits.length };
}

const TEMPLATES = Object.fromEntries(Object.entries(APPS).map(([name, build]) => [name, synthesize(build)])) as Record<AppName, Declarations>;

/** The account after deployments that succeed, from one without a role. */
async function deployInTurn(...names: readonly AppName[]): Promise<Account> {
  let account: Account = { resources: {}, stable: {} };
  for (const name of names) {
    account = (await operate(account, { name, target: TEMPLATES[name], outcome: 'succeeds' })).after;
  }
  return account;
}

test('every edit succeeds, and the role is deleted with the declaration of its owner only', async () => {
  const { states, edits } = await explore(TEMPLATES);
  process.stdout.write(`edits: ${states} states, ${edits} edits of them, all\n`);
});

test('fails if a construct ID is part of the logical ID', async () => {
  const { DESTROY: original, 'another construct ID': renamed } = TEMPLATES;
  const withDerivedId = Object.fromEntries(Object.entries(renamed).map(([key, declaration]) => [`${key}Renamed`, declaration]));
  await assert.rejects(explore({ original, renamed: withDerivedId }), /renamed .*: the role is deleted with the declaration of its owner, and only then/);
});

test('moving the declaration into a nested stack deletes the role of the same stack under DESTROY, but not if RETAIN is deployed first', async () => {
  assert.equal((await deployInTurn('DESTROY', 'in a nested stack')).role, undefined);
  assert.ok((await deployInTurn('DESTROY', 'RETAIN', 'in a nested stack')).role);
});
