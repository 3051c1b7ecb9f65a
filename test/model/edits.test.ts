import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, Stack as CdkStack } from 'aws-cdk-lib';
import { Template as CdkTemplate } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { type Declaration, deploy, type Deployment, NO_STACK, receive, requestOf, type Stack, type Template } from './cloudformation';
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

const APPS: Record<string, (stack: CdkStack) => void> = {
  'no declaration': () => {},
  'RETAIN': (stack) => declare(stack, 'A', {}),
  'DESTROY': (stack) => declare(stack, 'A'),
  'RETAIN_ON_UPDATE_OR_DELETE': (stack) => declare(stack, 'A', RETAIN_ON_UPDATE_OR_DELETE),
  'a description': (stack) => declare(stack, 'A', { ...DESTROY, description: 'requested' }),
  'another construct ID': (stack) => declare(stack, 'B'),
  'moved into a construct': (stack) => declare(new Construct(stack, 'Container'), 'A'),
  'two constructs': (stack) => declare(stack, 'A B'),
  'two in the other order': (stack) => declare(stack, 'B A'),
  'two, RETAIN': (stack) => declare(stack, 'A B', {}),
  'two, RETAIN_ON_UPDATE_OR_DELETE': (stack) => declare(stack, 'A B', RETAIN_ON_UPDATE_OR_DELETE),
  'a third in front': (stack) => declare(stack, 'C A B'),
  'in a nested stack': (stack) => declare(new NestedStack(stack, 'Nested'), 'A'),
  'by the aspect': (stack) => {
    new CfnResource(stack, 'Cache', { type: 'AWS::ElastiCache::ServerlessCache' });
    Aspects.of(stack).add(new EnsureElastiCacheServiceLinkedRole(DESTROY));
  },
};

/** The custom resources of the app's stacks, each after those on which it depends. Otherwise, CloudFormation is free: here, the last one is first. */
function synthesize(build: (stack: CdkStack) => void): Template {
  const root = new CdkStack(new App(), ROOT);
  build(root);
  const template: Record<string, Declaration> = {};
  for (const stack of root.node.findAll().filter(CdkStack.isStack)) {
    const resources = CdkTemplate.fromStack(stack).findResources(RESOURCE_TYPE);
    const add = (id: string) => {
      const { Properties: properties, DeletionPolicy: deletionPolicy, DependsOn = [] } = resources[id];
      DependsOn.filter((dependency: string) => dependency in resources).forEach(add);
      template[`${stack.node.path} ${id}`] = { properties, deletionPolicy };
    };
    Object.keys(resources).reverse().forEach(add);
  }
  return template;
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

const STACK_DELETION: Deployment = { template: {} };

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
  return canonical({ role: role && { ...role, createdBy: deployment === STACK_DELETION ? undefined : createdBy }, stack });
}

/** Every edit to each of the apps, from an account without a role. Apps with the same template are one. */
function everyEdit(apps: readonly string[]): Model<Account> {
  const templates = apps.map((name) => ({ name, template: synthesize(APPS[name]) }));
  expect(templates.filter(({ template }) => Object.keys(template).length === 0).map(({ name }) => name)).toEqual(['no declaration']);
  const different = new Map(templates.map((app) => [JSON.stringify(app.template), app]));
  const edits: [string, Deployment][] = [
    ...[...different.values()].flatMap(({ name, template }) => Object.entries(OUTCOMES).map(([outcome, options]): [string, Deployment] =>
      [`${name} ${outcome}`, { template, ...options }])),
    ['the deletion of the stack', STACK_DELETION],
  ];
  return {
    initial: canonical({ stack: NO_STACK }),
    steps: (account) => edits.map(([label, deployment]) => ({ label, take: () => carryOut(account, deployment) })),
    key: (account) => JSON.stringify(account),
  };
}

test.each<[string, readonly string[]]>([
  ['in one stack', Object.keys(APPS).filter((name) => name !== 'in a nested stack')],
  ['to another stack and back', ['no declaration', 'RETAIN', 'DESTROY', 'RETAIN_ON_UPDATE_OR_DELETE', 'in a nested stack']],
])('every edit %s succeeds, and the role is deleted with the declaration of its owner only', async (kind, apps) => {
  const model = everyEdit(apps);
  const { states, violation } = await explore(model);
  process.stdout.write(`edits ${kind}: ${states} states, ${states * model.steps(model.initial).length} edits\n`);
  expect(violation).toBeUndefined();
}, 120_000);
