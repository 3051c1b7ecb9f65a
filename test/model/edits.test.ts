import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, Stack as CdkStack } from 'aws-cdk-lib';
import { Template as CdkTemplate } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { deploy, type Deployment, NO_STACK, receive, requestOf, type Stack, type Template } from './cloudformation';
import { explore, type Model } from './explorer';
import { assertKept } from './guarantees';
import type { RoleState } from './iam/iam-model';
import { START } from './iam/simulated-clock';
import { Simulation, someEvent } from './simulation';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { RESOURCE_TYPE } from '../../src/private/custom-resource-contract';

// Every sequence of edits of an app, of any length: each deployment succeeds, is rolled back, or fails with --no-rollback, because of a
// resource that is deployed after the role. The templates are the library's, and the handler's code gets the events. Sequences that
// lead to the same state of the account continue as one.

const ROOT = 'Stack';
const DAY = 24 * 3_600 * 1_000;

const DESTROY = { removalPolicy: RemovalPolicy.DESTROY };
const RETAIN_ON_UPDATE_OR_DELETE = { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE };
const declare = (scope: Construct, ids: string, props: ElastiCacheServiceLinkedRoleProps = DESTROY) =>
  ids.split(' ').forEach((id) => new ElastiCacheServiceLinkedRole(scope, id, props));

const APPS = {
  'no declaration': () => {},
  'RETAIN': (stack: CdkStack) => declare(stack, 'A', {}),
  'DESTROY': (stack: CdkStack) => declare(stack, 'A'),
  'RETAIN_ON_UPDATE_OR_DELETE': (stack: CdkStack) => declare(stack, 'A', RETAIN_ON_UPDATE_OR_DELETE),
  'a description': (stack: CdkStack) => declare(stack, 'A', { ...DESTROY, description: 'requested' }),
  'another construct ID': (stack: CdkStack) => declare(stack, 'B'),
  'moved into a construct': (stack: CdkStack) => declare(new Construct(stack, 'Container'), 'A'),
  'two constructs': (stack: CdkStack) => declare(stack, 'A B'),
  'two in the other order': (stack: CdkStack) => declare(stack, 'B A'),
  'two, RETAIN': (stack: CdkStack) => declare(stack, 'A B', {}),
  'two, RETAIN_ON_UPDATE_OR_DELETE': (stack: CdkStack) => declare(stack, 'A B', RETAIN_ON_UPDATE_OR_DELETE),
  'a third in front': (stack: CdkStack) => declare(stack, 'C A B'),
  'in a nested stack': (stack: CdkStack) => declare(new NestedStack(stack, 'Nested'), 'A'),
  'by the aspect': (stack: CdkStack) => {
    new CfnResource(stack, 'Cache', { type: 'AWS::ElastiCache::ServerlessCache' });
    Aspects.of(stack).add(new EnsureElastiCacheServiceLinkedRole(DESTROY));
  },
};
type AppName = keyof typeof APPS;

/** The custom resources of the app's stacks. */
function synthesize(build: (stack: CdkStack) => void): Template {
  const root = new CdkStack(new App(), ROOT);
  build(root);
  return Object.fromEntries(root.node.findAll().filter(CdkStack.isStack).flatMap((stack) =>
    inOrder(CdkTemplate.fromStack(stack).findResources(RESOURCE_TYPE)).map(([logicalId, { Properties, DeletionPolicy }]) =>
      [`${stack.node.path} ${logicalId}`, { properties: Properties, deletionPolicy: DeletionPolicy }])));
}

type TemplateResources = Record<string, { readonly [name: string]: any; readonly DependsOn?: readonly string[] }>;

/** Each resource after those on which it depends. Otherwise, CloudFormation is free: here, the last one is first. */
function inOrder(resources: TemplateResources): [string, TemplateResources[string]][] {
  const ids = new Set<string>();
  const add = (id: string) => {
    resources[id].DependsOn?.filter((dependency) => dependency in resources).forEach(add);
    ids.add(id);
  };
  Object.keys(resources).reverse().forEach(add);
  return [...ids].map((id) => [id, resources[id]]);
}

const stackOf = (logicalId: string) => logicalId.split(' ')[0];

interface Account {
  /** `createdBy`: the stack, unless that no longer exists. */
  readonly role?: RoleState & { readonly createdBy?: string };
  readonly stack: Stack;
}

const OUTCOMES = {
  'succeeds': {},
  'is rolled back': { failsLater: true },
  'fails with --no-rollback': { failsLater: true, withoutRollback: true },
} satisfies Record<string, Omit<Deployment, 'template'>>;

/** The deletion of the stack. */
const DELETION: Deployment = { template: {} };

/** The same for accounts that differ only in the age and the RoleIds of their roles. */
function canonical({ role, stack }: Account): Account {
  const existing = [ROOT, ...Object.keys({ ...stack.stable, ...stack.resources }).map(stackOf)];
  const createdBy = existing.find((name) => name === role?.createdBy);
  const json = JSON.stringify({ ...role && { role: { ...role, created: START - DAY, createdBy } }, stack: { ...stack, deployments: [] } });
  const ids = [...new Set(json.match(/AROA\w+/g))];
  return JSON.parse(json.replace(/AROA\w+/g, (id) => `AROA_${ids.indexOf(id)}`));
}

/** Whether the edit leaves the stack that owns the role without a declaration, and a policy then in force deletes the role. */
function removesOwner({ role, stack: { resources, stable } }: Account, { template, failsLater, withoutRollback }: Deployment): boolean {
  const [owner] = Object.entries(resources).find(([, { physicalId }]) => role && physicalId.endsWith(`/${role.RoleId}`)) ?? [];
  if (!owner || withoutRollback) {
    return false;
  }
  const isInOwnersStack = (id: string) => stackOf(id) === stackOf(owner);
  const deletingPolicies = failsLater ? ['Delete', 'RetainExceptOnCreate'] : ['Delete'];
  const inForce = Object.entries({ ...resources, ...failsLater && template }).filter(([id]) => isInOwnersStack(id));
  return !Object.keys(failsLater ? stable : template).some(isInOwnersStack)
    && inForce.some(([, { deletionPolicy }]) => deletingPolicies.includes(deletionPolicy));
}

async function carryOut(before: Account, deployment: Deployment): Promise<Account> {
  const simulation = new Simulation();
  if (before.role) {
    simulation.existingRole(before.role);
  }
  let createdBy = before.role?.createdBy;
  let isEnsured = false; // A Create or an Update succeeded, and no Delete deleted the role afterward.
  let stack = deploy(before.stack, [deployment]);
  for (let request = requestOf(stack); request; request = requestOf(stack)) {
    const { type, logicalId, physicalId: id, properties, oldProperties } = request;
    const { role: roleBefore } = simulation.iam;
    const stackId = stackOf(logicalId);
    const { Status, PhysicalResourceId } = await simulation.handle({ ...someEvent(type, { id, stackId }), ResourceProperties: properties as never });
    const { role } = simulation.iam;
    const isDeleted = roleBefore !== undefined && !role;
    assertKept(Status === 'SUCCESS', 'every event succeeds');
    assertKept(!isDeleted || (type === 'Delete' && createdBy === stackId), 'a stack deletes no role that it did not create');
    if (type === 'Update') {
      const [token, oldToken] = [properties, oldProperties!].map(({ ServiceToken }) => JSON.stringify(ServiceToken));
      assertKept(token === oldToken, 'no edit changes the ServiceToken, which CloudFormation rejects');
      assertKept(PhysicalResourceId === id || !roleBefore, 'a resource is replaced only if the role was deleted');
    }
    createdBy = role?.RoleId === roleBefore?.RoleId ? createdBy : stackId;
    isEnsured = type !== 'Delete' || (isEnsured && !isDeleted);
    stack = receive(stack, { succeeded: true, physicalId: PhysicalResourceId });
  }

  const { role } = simulation.iam;
  if (before.role) {
    assertKept(role?.RoleId === (removesOwner(before, deployment) ? undefined : before.role.RoleId),
      'the role is deleted with the declaration of its owner, and only then');
  }
  const isRolledBack = deployment.failsLater && !deployment.withoutRollback;
  if (isEnsured && !isRolledBack) {
    assertKept(role !== undefined, 'the declared role exists');
    const requested = Object.values(deployment.template).flatMap(({ properties: { Description } }) => Description ?? []);
    assertKept(requested.every((description) => description === role!.Description), 'the role has the requested description');
  }
  if (!deployment.failsLater) {
    assertKept(Object.entries(stack.resources).every(([id, { deletionPolicy }]) => deletionPolicy === deployment.template[id].deletionPolicy),
      'after a successful deployment, the removal policy in force is that of the template');
  }
  return canonical({ role: role && { ...role, createdBy: deployment === DELETION ? undefined : createdBy }, stack });
}

const NO_ROLE = canonical({ stack: NO_STACK });

/** Every edit to each of the apps, from an account without a role. Apps with the same template are one. */
function everyEdit(templates: Readonly<Record<string, Template>>): Model<Account> {
  const different = new Map(Object.entries(templates).map(([name, template]) => [JSON.stringify(template), { name, template }]));
  const edits: [string, Deployment][] = [
    ...[...different.values()].flatMap(({ name, template }) => Object.entries(OUTCOMES).map(([outcome, options]): [string, Deployment] =>
      [`${name} ${outcome}`, { template, ...options }])),
    ['the deletion of the stack', DELETION],
  ];
  return {
    initial: NO_ROLE,
    steps: (account) => edits.map(([label, deployment]) => ({ label, take: () => carryOut(account, deployment) })),
    key: (account) => JSON.stringify(account),
  };
}

const TEMPLATES = Object.fromEntries(Object.entries(APPS).map(([name, build]) => [name, synthesize(build)])) as Record<AppName, Template>;

/** The account after deployments that succeed, from one without a role. */
async function deployInTurn(...names: readonly AppName[]): Promise<Account> {
  let account = NO_ROLE;
  for (const name of names) {
    account = await carryOut(account, { template: TEMPLATES[name] });
  }
  return account;
}

const APP_NAMES = Object.keys(APPS) as AppName[];

test.each<[string, AppName[]]>([
  ['in one stack', APP_NAMES.filter((name) => name !== 'in a nested stack')],
  ['to another stack and back', ['no declaration', 'RETAIN', 'DESTROY', 'RETAIN_ON_UPDATE_OR_DELETE', 'in a nested stack']],
])('every edit %s succeeds, and the role is deleted with the declaration of its owner only', async (kind, names) => {
  const model = everyEdit(Object.fromEntries(names.map((name) => [name, TEMPLATES[name]])));
  const { states, violation } = await explore(model);
  process.stdout.write(`edits ${kind}: ${states} states, ${states * model.steps(model.initial).length} edits\n`);
  expect(violation).toBeUndefined();
}, 120_000);

test('one of the states is an account with an old role and no stack', async () => {
  const { role, stack } = await carryOut(await deployInTurn('RETAIN'), DELETION);
  expect(role).toMatchObject({ created: START - DAY });
  expect(stack).toEqual(NO_STACK);
});

test('finds a construct ID that is part of the logical ID', async () => {
  const { DESTROY: original, 'another construct ID': renamed } = TEMPLATES;
  const withDerivedId = Object.fromEntries(Object.entries(renamed).map(([id, declaration]) => [`${id}Renamed`, declaration]));
  expect((await explore(everyEdit({ original, renamed: withDerivedId }))).violation).toEqual({
    promise: 'the role is deleted with the declaration of its owner, and only then',
    trace: ['original succeeds', 'renamed succeeds'],
  });
});

test('finds a removal policy that no property has', async () => {
  const { DESTROY: before, RETAIN: retained } = TEMPLATES;
  const after = Object.fromEntries(Object.entries(retained).map(([id, declaration]) => [id, { ...declaration, properties: before[id].properties }]));
  expect((await explore(everyEdit({ before, after }))).violation).toEqual({
    promise: 'after a successful deployment, the removal policy in force is that of the template',
    trace: ['before succeeds', 'after succeeds'],
  });
});

test('moving the declaration into a nested stack deletes the role of the same stack under DESTROY, but not if RETAIN is deployed first', async () => {
  expect((await deployInTurn('DESTROY', 'in a nested stack')).role).toBeUndefined();
  expect((await deployInTurn('DESTROY', 'RETAIN', 'in a nested stack')).role).toBeDefined();
});
