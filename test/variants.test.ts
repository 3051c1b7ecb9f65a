import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Aspects, BootstraplessSynthesizer, CfnOutput, CfnParameter, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as fc from 'fast-check';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../src';

// Every variant of the construct tree: how the props are given, where the stack is deployed, what stands around the role.
// `npm test` checks some; VARIANTS=5000 checks that many at random, and every combination of props in every partition.
const CHOICES = {
  description: ['absent', 'empty', 'value', 'token'],
  removalPolicy: ['absent', 'retain', 'destroy', 'retain on update or delete'],
  propagationDelay: ['absent', 'zero', 'value', 'token'],
  logGroup: ['absent', 'own', 'imported'],
  region: ['unknown', 'us-east-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'],
  place: ['stack', 'nested stack'],
  bootstrapless: [false, true],
  declaredBy: ['construct', 'aspect'],
  grants: ['none', 'create', 'delete', 'updateDescription'],
  role: ['unused', 'attributes', 'reference'],
} as const;
type Variant = { readonly [C in keyof typeof CHOICES]: typeof CHOICES[C][number] };

const variants = fc.record(Object.fromEntries(
  Object.entries(CHOICES).map(([name, choices]) => [name, fc.constantFrom(...choices as readonly unknown[])]))) as fc.Arbitrary<Variant>;

const REMOVAL_POLICIES = {
  'absent': undefined,
  'retain': RemovalPolicy.RETAIN,
  'destroy': RemovalPolicy.DESTROY,
  'retain on update or delete': RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};
const OWN_TYPES = ['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'Custom::ElastiCacheServiceLinkedRole'];
const PSEUDO_PARAMETERS = ['AccountId', 'NotificationARNs', 'NoValue', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix'].map((name) => `AWS::${name}`);

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
interface CfnTemplate {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** The templates of the app; that of the role comes first. */
function synthesize(variant: Variant): CfnTemplate[] {
  const app = new App({ outdir });
  const parent = new Stack(app, 'Stack', {
    ...variant.region === 'unknown' ? {} : { env: { account: '123456789012', region: variant.region } },
    // CDK makes an asset of a nested stack's template.
    ...variant.bootstrapless && variant.place === 'stack' ? { synthesizer: new BootstraplessSynthesizer() } : {},
  });
  const stack = variant.place === 'stack' ? parent : new NestedStack(parent, 'Nested');
  const props = propsOf(variant, stack);

  if (variant.declaredBy === 'aspect') {
    Aspects.of(parent).add(new EnsureElastiCacheServiceLinkedRole(props));
    new elasticache.CfnServerlessCache(stack, 'Cache', { serverlessCacheName: 'sessions', engine: 'valkey' });
  }
  const role = variant.declaredBy === 'aspect'
    ? ElastiCacheServiceLinkedRole.fromAccount(stack, 'Role')
    : new ElastiCacheServiceLinkedRole(stack, 'Role', props);

  if (variant.grants !== 'none') {
    role.grants[variant.grants](new iam.User(stack, 'User'));
  }
  if (variant.role === 'attributes') {
    new CfnOutput(parent, 'RoleArn', { value: role.roleArn });
    new CfnOutput(stack, 'RoleName', { value: role.roleName });
  } else if (variant.role === 'reference') {
    new iam.ManagedPolicy(parent, 'Policy', { statements: [new iam.PolicyStatement({ actions: ['iam:GetRole'], resources: [role.role.roleArn] })] });
  }
  return [stack, ...stack === parent ? [] : [parent]].map((each) => Template.fromStack(each).toJSON() as CfnTemplate);
}

function propsOf(variant: Variant, stack: Stack): ElastiCacheServiceLinkedRoleProps {
  const parameter = (name: string, type: string) => new CfnParameter(stack, name, { type });
  return {
    description: {
      absent: () => undefined,
      empty: () => '',
      value: () => 'ours',
      token: () => parameter('Description', 'String').valueAsString,
    }[variant.description](),
    removalPolicy: REMOVAL_POLICIES[variant.removalPolicy],
    propagationDelay: {
      absent: () => undefined,
      zero: () => Duration.seconds(0),
      value: () => Duration.minutes(10),
      token: () => Duration.seconds(parameter('Delay', 'Number').valueAsNumber),
    }[variant.propagationDelay](),
    logGroup: {
      absent: () => undefined,
      own: () => new logs.LogGroup(stack, 'Logs'),
      imported: () => logs.LogGroup.fromLogGroupName(stack, 'Logs', 'platform'),
    }[variant.logGroup](),
  };
}

/** Every object within a template's part. */
function* objectsIn(part: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (typeof part === 'object' && part !== null) {
    yield part as Record<string, unknown>;
    for (const value of Object.values(part)) {
      yield* objectsIn(value);
    }
  }
}

function assertResolves({ Resources, Parameters = {}, ...rest }: CfnTemplate): void {
  const resources = Object.keys(Resources);
  const objects = [...objectsIn({ Resources, rest })];
  const referred = objects.flatMap((each) => 'Ref' in each ? [each.Ref] : []);
  const attributes = objects.flatMap((each) => 'Fn::GetAtt' in each ? [each['Fn::GetAtt'] as [string, string]] : []);
  const awaited = Object.values(Resources).flatMap(({ DependsOn = [] }) => DependsOn);
  expect([...resources, ...Object.keys(Parameters), ...PSEUDO_PARAMETERS]).toEqual(expect.arrayContaining(referred));
  expect(resources).toEqual(expect.arrayContaining([...attributes.map(([id]) => id), ...awaited]));
  expect(objects.filter((each) => 'Fn::ImportValue' in each)).toEqual([]); // nothing crosses stacks that are deployed apart
}

/** What CloudFormation refuses, as far as the template alone shows it. */
function assertValid(template: CfnTemplate): void {
  assertResolves(template);
  expect(Object.keys(template.Resources).filter((id) => !/^[A-Za-z0-9]{1,255}$/.test(id))).toEqual([]);
  // Template.fromStack has refused cycles already.
  const text = JSON.stringify(template);
  expect(Buffer.byteLength(text)).toBeLessThan(51_200); // so that it can be sent without a bucket
  expect(text).not.toMatch(/\$\{Token\[|undefined|"NaN"|-1\.8881545897087\d+e\+289/); // no token in disguise
}

function statementsOf({ Properties }: Resource): Statement[] {
  const policies = Properties.Policies as { readonly PolicyDocument: { readonly Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The ARN with `<...>` where it has tokens. */
function written(arn: unknown): string {
  if (typeof arn === 'string') {
    return arn;
  }
  const token = arn as { readonly 'Ref'?: string; readonly 'Fn::GetAtt'?: [string, string]; readonly 'Fn::Join'?: [string, unknown[]] };
  return token['Fn::Join']?.[1].map(written).join('') ?? `<${token.Ref ?? token['Fn::GetAtt']?.[0]}>`;
}

/** Each action with what it is allowed on. */
function assertHandlerPolicy(resource: Resource, variant: Variant): void {
  const account = variant.region === 'unknown' ? '<AWS::AccountId>' : '123456789012';
  const role = `arn:<AWS::Partition>:iam::${account}:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache`;
  const ordinaryRole = `arn:<AWS::Partition>:iam::${account}:role/AWSServiceRoleForElastiCache`;
  const deletes = ['destroy', 'retain on update or delete'].includes(variant.removalPolicy);

  const statements = statementsOf(resource);
  const allowed = statements.flatMap(({ Action, Resource, Condition }) =>
    [Action].flat().map((action) => [action, [Resource].flat().map(written), Condition]));
  expect(allowed.filter(([action]) => !`${action}`.startsWith('logs:')).sort()).toEqual([
    ['iam:CreateServiceLinkedRole', [role], { StringLike: { 'iam:AWSServiceName': 'elasticache.amazonaws.com' } }],
    ...deletes ? [['iam:DeleteServiceLinkedRole', [role], undefined]] : [],
    ['iam:GetRole', [ordinaryRole], undefined],
    ['iam:GetRole', [role], undefined],
    ...deletes ? [['iam:GetServiceLinkedRoleDeletionStatus', [role], undefined]] : [],
    ...variant.description === 'absent' ? [] : [['iam:UpdateRoleDescription', [role], undefined]],
  ]);
  const logGroup = { absent: /^<CustomElastiCacheServiceLinkedRoleLogGroup\w+>$/, own: /^<Logs\w+>$/, imported: /:log-group:platform:\*$/ }[variant.logGroup];
  expect(allowed.filter(([action]) => `${action}`.startsWith('logs:'))).toEqual([
    ['logs:CreateLogStream', [expect.stringMatching(logGroup)], undefined],
    ['logs:PutLogEvents', [expect.stringMatching(logGroup)], undefined],
  ]);
  expect(statements.map(({ Effect }) => Effect)).toEqual(statements.map(() => 'Allow'));
  const { ManagedPolicyArns, AssumeRolePolicyDocument } = resource.Properties;
  expect(ManagedPolicyArns).toBeUndefined();
  expect(AssumeRolePolicyDocument).toMatchObject({ Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] });
}

function assertCustomResource({ Properties, DeletionPolicy, UpdateReplacePolicy }: Resource, variant: Variant): void {
  expect([DeletionPolicy, UpdateReplacePolicy]).toEqual({
    'absent': ['Retain', 'Retain'],
    'retain': ['Retain', 'Retain'],
    'destroy': ['Delete', 'Delete'],
    'retain on update or delete': ['RetainExceptOnCreate', 'Retain'],
  }[variant.removalPolicy]);
  expect(Properties).toEqual({
    ServiceToken: { 'Fn::GetAtt': [expect.any(String), 'Arn'] },
    ServiceTimeout: '960',
    PropagationDelay: { absent: '60', zero: '0', value: '600', token: { Ref: 'Delay' } }[variant.propagationDelay],
    DeleteRole: `${DeletionPolicy !== 'Retain'}`,
    ...variant.description === 'absent' ? {} : { Description: { empty: '', value: 'ours', token: { Ref: 'Description' } }[variant.description] },
  });
}

function check(variant: Variant): void {
  const templates = synthesize(variant);
  templates.forEach(assertValid);
  // The partition is never written out: not even where the Region tells it.
  templates.forEach((template) => expect(JSON.stringify(template)).not.toMatch(/arn:aws[a-z-]*:/));
  expect([...objectsIn(templates)].flatMap(({ Resource }) => Resource)).not.toContain('*');

  const [{ Resources }] = templates;
  const declared = Object.entries(Resources).filter(([id]) => id.startsWith('CustomElastiCacheServiceLinkedRole'));
  const byType = Object.fromEntries(declared.map(([, resource]) => [resource.Type, resource]));
  const types = variant.logGroup === 'absent' ? OWN_TYPES : OWN_TYPES.filter((type) => type !== 'AWS::Logs::LogGroup');
  expect(declared.map(([, { Type }]) => Type).sort()).toEqual(types);
  assertHandlerPolicy(byType['AWS::IAM::Role'], variant);
  assertCustomResource(byType['Custom::ElastiCacheServiceLinkedRole'], variant);
  if (variant.declaredBy === 'aspect') {
    const cache = Object.values(Resources).find(({ Type }) => Type === 'AWS::ElastiCache::ServerlessCache');
    expect(cache?.DependsOn).toContain('CustomElastiCacheServiceLinkedRoleA70B8785');
  }
}

const outdir = mkdtempSync(join(tmpdir(), 'variants-')); // one for all, where each App would leave one of its own
let validation: string | undefined;
beforeAll(() => {
  validation = process.env.CDK_VALIDATION;
  process.env.CDK_VALIDATION = 'false'; // newer versions validate each template, which takes seconds
});
afterAll(() => {
  rmSync(outdir, { recursive: true });
  if (validation === undefined) {
    delete process.env.CDK_VALIDATION;
  } else {
    process.env.CDK_VALIDATION = validation;
  }
});

const seed = process.env.SEED ? Number(process.env.SEED) : Math.floor(Math.random() * 2 ** 31);

test(`any variant is a valid template (seed ${seed})`, () => {
  fc.assert(fc.property(variants, check), { seed, numRuns: Number(process.env.VARIANTS ?? 100) });
}, 600_000);

// The choices that decide what is deployed, each with each; the others change with them.
test('every combination of props is a valid template', () => {
  const names = ['description', 'removalPolicy', 'propagationDelay', 'logGroup', ...process.env.VARIANTS ? ['region' as const] : []] as const;
  const combinations = names.reduce<Partial<Variant>[]>(
    (all, name) => all.flatMap((one) => CHOICES[name].map((choice) => ({ ...one, [name]: choice }))), [{}]);
  combinations.forEach((combination, i) => {
    const pick = <T>(choices: readonly T[], every: number) => choices[Math.floor(i / every) % choices.length];
    check({
      region: pick(CHOICES.region, 1),
      place: pick(CHOICES.place, 1),
      bootstrapless: pick(CHOICES.bootstrapless, 2),
      declaredBy: pick(CHOICES.declaredBy, 4),
      grants: pick(CHOICES.grants, 8),
      role: pick(CHOICES.role, 32),
      ...combination,
    } as Variant);
  });
}, 600_000);
