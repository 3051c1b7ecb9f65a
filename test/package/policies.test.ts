import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, ElastiCacheServiceLinkedRoleStatements } from '../src';
import { missing, sdkError, Simulation, someEvent, someRole } from './handler/simulation';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../src/contract';

const ARN = `arn:aws:iam::123456789012:role${ROLE_PATH}${ROLE_NAME}`;
/** What IAM makes of a bare name: also where there is no role of it, since a name tells no path. */
const ORDINARY_ARN = `arn:aws:iam::123456789012:role/${ROLE_NAME}`;

/** One action that is allowed on one resource. */
interface Permission {
  readonly action: string;
  readonly resource: string;
  /** StringLike, all of it. */
  readonly condition: Readonly<Record<string, string>>;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: { readonly StringLike: Readonly<Record<string, string>> };
}

/** The statements in small; fails on what it does not know. */
function permissionsOf(statements: readonly Statement[]): Permission[] {
  return statements.flatMap(({ Effect, Action, Resource, Condition = { StringLike: {} }, ...rest }) => {
    expect([Effect, Object.keys(Condition), rest]).toEqual(['Allow', ['StringLike'], {}]);
    return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource, condition: Condition.StringLike })));
  });
}

/** IAM's answer, for an identity with these permissions and nothing else. */
function allows(permissions: readonly Permission[], action: string, resource: string, context: Readonly<Record<string, string>> = {}): boolean {
  const like = (pattern: string, value?: string) =>
    value !== undefined && new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`).test(value);
  return permissions.some((permission) => like(permission.action, action) && like(permission.resource, resource)
    // A key that the request does not have matches nothing.
    && Object.entries(permission.condition).every(([key, pattern]) => like(pattern, context[key])));
}

/** As CloudFormation fills it in. */
function filledIn(part: unknown): unknown {
  if (Array.isArray(part)) {
    return part.map(filledIn);
  }
  if (typeof part !== 'object' || part === null) {
    return part;
  }
  if ('Ref' in part) {
    return { 'AWS::Partition': 'aws', 'AWS::AccountId': '123456789012' }[part.Ref as string];
  }
  if ('Fn::Join' in part) {
    return (filledIn((part['Fn::Join'] as [string, unknown[]])[1]) as string[]).join('');
  }
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, filledIn(value)]));
}

interface Deployed {
  readonly permissions: readonly Permission[];
  readonly properties: Readonly<Record<string, string>>;
}

/** What the construct with these props deploys. */
function deploy(props: ElastiCacheServiceLinkedRoleProps): Deployed {
  const stack = new Stack(new App(), 'Stack');
  new ElastiCacheServiceLinkedRole(stack, 'Role', props);
  const template = Template.fromStack(stack);
  const [[handlerRole], [resource]] = ['AWS::IAM::Role', 'Custom::ElastiCacheServiceLinkedRole'].map((type) => Object.values(template.findResources(type)));
  const { Description, PropagationDelay, DeleteRole } = resource.Properties;
  return {
    permissions: permissionsOf(handlerRole.Properties.Policies.flatMap(
      ({ PolicyDocument }: { readonly PolicyDocument: { readonly Statement: unknown } }) => filledIn(PolicyDocument.Statement)))
      .filter(({ action }) => !action.startsWith('logs:')), // Lambda calls these, not the handler
    properties: { PropagationDelay, DeleteRole, ...Description === undefined ? {} : { Description } },
  };
}

/** The handler before an IAM that enforces the permissions; also tells what was denied. */
function enforcing(permissions: readonly Permission[]): { readonly simulation: Simulation; readonly denied: string[] } {
  const simulation = new Simulation();
  const denied: string[] = [];
  const { call } = simulation.iam;
  simulation.iam.call = async (action, request) => {
    const [resource, context] = action === 'CreateServiceLinkedRole' ? [ARN, { 'iam:AWSServiceName': (request as { AWSServiceName: string }).AWSServiceName }]
      : action === 'GetServiceLinkedRoleDeletionStatus' ? [ARN, {}] // the task's id has the path
        : [simulation.iam.role?.Arn ?? ORDINARY_ARN, {}];
    if (!allows(permissions, `iam:${action}`, resource, context)) {
      denied.push(`iam:${action} ${resource}`);
      throw sdkError('AccessDenied', 403, `User: handler is not authorized to perform: iam:${action} on resource: ${resource}`);
    }
    return call(action, request);
  };
  return { simulation, denied };
}

const OWN = `${ROLE_NAME}/AROAOLD`;
const IN_USE = [{ Status: 'IN_PROGRESS' }, { Status: 'FAILED', Reason: { Reason: 'in use', RoleUsageList: [{ Region: 'us-east-1', Resources: ['arn:cache'] }] } }];

/** The end-to-end cases; each says whether it ended as it should. */
const FLOWS: Readonly<Record<string, (simulation: Simulation, properties: Deployed['properties']) => Promise<boolean>>> = {
  'creates the role': async (simulation, properties) => {
    const { Status } = await simulation.handle(someEvent('Create', properties));
    return Status === 'SUCCESS' && (simulation.iam.role?.Description ?? '') === (properties.Description ?? '');
  },
  'adopts a role': async (simulation, properties) => {
    simulation.iam.role = someRole({ Description: 'theirs' });
    const { Status } = await simulation.handle(someEvent('Create', properties));
    return Status === 'SUCCESS' && simulation.iam.role.Description === (properties.Description ?? 'theirs');
  },
  'loses a race': async (simulation, properties) => {
    simulation.iam.role = someRole({ ageInSeconds: 5 });
    simulation.iam.faults.GetRole = [missing(), missing()];
    return (await simulation.handle(someEvent('Create', properties))).Status === 'SUCCESS';
  },
  'names an ordinary role': async (simulation, properties) => {
    simulation.iam.role = someRole({ Path: '/' });
    const { Status, Reason } = await simulation.handle(someEvent('Create', properties));
    return Status === 'FAILED' && Reason.startsWith(`${ORDINARY_ARN} is an ordinary role`);
  },
  'updates': async (simulation, properties) => {
    simulation.iam.role = someRole({ Description: 'before' });
    const { Status } = await simulation.handle(someEvent('Update', { ...properties, id: OWN }));
    return Status === 'SUCCESS' && simulation.iam.role.Description === (properties.Description ?? 'before');
  },
  'updates after the role was deleted': async (simulation, properties) =>
    (await simulation.handle(someEvent('Update', { ...properties, id: OWN }))).Status === 'SUCCESS',
  'deletes the role': async (simulation, properties) => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = [{ Status: 'IN_PROGRESS' }, { Status: 'SUCCEEDED' }];
    const { Status } = await simulation.handle(someEvent('Delete', { ...properties, id: OWN }));
    return Status === 'SUCCESS' && (simulation.iam.role === undefined) === (properties.DeleteRole === 'true');
  },
  'does not delete a role in use': async (simulation, properties) => {
    simulation.iam.role = someRole();
    simulation.iam.deletion = IN_USE;
    const { Status, Reason } = await simulation.handle(someEvent('Delete', { ...properties, id: OWN }));
    return properties.DeleteRole === 'true' ? Status === 'FAILED' && Reason.includes('us-east-1 arn:cache') : Status === 'SUCCESS';
  },
  'deletes a role that is gone': async (simulation, properties) =>
    (await simulation.handle(someEvent('Delete', { ...properties, id: OWN }))).Status === 'SUCCESS',
  'leaves a replaced role alone': async (simulation, properties) => {
    simulation.iam.role = someRole({ RoleId: 'AROATHEIRS' });
    return (await simulation.handle(someEvent('Delete', { ...properties, id: OWN }))).Status === 'SUCCESS' && simulation.iam.role !== undefined;
  },
};

const VARIANTS = [undefined, '', 'ours'].flatMap((description) =>
  [RemovalPolicy.RETAIN, RemovalPolicy.DESTROY, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE].map((removalPolicy) => ({ description, removalPolicy })));

describe.each(VARIANTS)('the handler\'s policy with description $description and removalPolicy $removalPolicy', (props) => {
  const { permissions, properties } = deploy(props);

  test.each(Object.entries(FLOWS))('is enough: the handler %s', async (_, flow) => {
    const { simulation, denied } = enforcing(permissions);
    expect(await flow(simulation, properties)).toBe(true);
    expect(denied).toEqual([]);
  });

  const each = permissions.map((permission) => [permission.action, permission.resource, permission] as const);
  test.each(each)('is no more: without %s on %s a case fails', async (_, __, left) => {
    const broken: string[] = [];
    for (const [name, flow] of Object.entries(FLOWS)) {
      const { simulation } = enforcing(permissions.filter((permission) => permission !== left));
      if (!await flow(simulation, properties)) {
        broken.push(name);
      }
    }
    expect(broken).not.toEqual([]);
  });
});

test('the handler may create no role of another service, nor touch another role', () => {
  const { permissions } = deploy({ description: '', removalPolicy: RemovalPolicy.DESTROY });
  expect(permissions).toHaveLength(6);
  const context = { 'iam:AWSServiceName': SERVICE_PRINCIPAL };
  expect(allows(permissions, 'iam:CreateServiceLinkedRole', ARN, context)).toBe(true);
  expect(allows(permissions, 'iam:CreateServiceLinkedRole', ARN, { 'iam:AWSServiceName': 'spot.amazonaws.com' })).toBe(false);
  expect(allows(permissions, 'iam:CreateServiceLinkedRole', ARN)).toBe(false);
  for (const action of [...permissions.map((permission) => permission.action), 'iam:PassRole', 'iam:PutRolePolicy', 'iam:DeleteRole']) {
    for (const arn of [`${ARN}2`, ARN.replace('elasticache', 'spot'), ARN.replace('123456789012', '210987654321'), 'arn:aws:iam::123456789012:role/Admin']) {
      expect(allows(permissions, action, arn, context)).toBe(false);
    }
  }
});

// Not verified against a live account: IAM's service authorization reference lists iam:AWSServiceName for CreateServiceLinkedRole alone.
describe('expected of IAM, where iam:AWSServiceName comes with CreateServiceLinkedRole alone', () => {
  const statements = (documented: iam.PolicyStatement[]) =>
    permissionsOf(filledIn(new Stack().resolve(documented.map((statement) => statement.toStatementJson()))) as Statement[]);
  const both = statements(ElastiCacheServiceLinkedRoleStatements.delete());
  const documentedDelete = statements(ElastiCacheServiceLinkedRoleStatements.delete().slice(0, 1));

  test.each(['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'])(
    '%s is not allowed by the documented statement, and is by the two of grants.delete', (action) => {
      expect(allows(documentedDelete, action, ARN)).toBe(false);
      expect(allows(both, action, ARN)).toBe(true);
      // Should IAM supply the key after all, the documented one does.
      expect(allows(documentedDelete, action, ARN, { 'iam:AWSServiceName': SERVICE_PRINCIPAL })).toBe(true);
    });

  test('the documented create statement allows to create ElastiCache\'s role and no other, and no PutRolePolicy', () => {
    const create = statements(ElastiCacheServiceLinkedRoleStatements.create());
    expect(allows(create, 'iam:CreateServiceLinkedRole', ARN, { 'iam:AWSServiceName': SERVICE_PRINCIPAL })).toBe(true);
    expect(allows(create, 'iam:CreateServiceLinkedRole', ARN, { 'iam:AWSServiceName': 'spot.amazonaws.com' })).toBe(false);
    expect(allows(create, 'iam:PutRolePolicy', ARN)).toBe(false);
  });
});
