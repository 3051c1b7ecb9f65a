import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resourcesOf, STACK, synthesize, type Template, templateOf } from './assemblies';
import { ofEach } from './processes';
import { CANDIDATES, type Footprint, type OfEach } from './results';

/** The one AWS managed policy that the candidates attach, as its reference page has it. */
const MANAGED_POLICY = 'AWSLambdaBasicExecutionRole';
const OF_MANAGED_POLICY: Statement = { Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' };

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}
interface Policy {
  readonly PolicyDocument: { readonly Statement: Statement[] };
}

function statementsOf(template: Template): Statement[] {
  const roles = resourcesOf(template, 'AWS::IAM::Role').map(({ Properties }) => Properties as { readonly Policies?: Policy[]; readonly ManagedPolicyArns?: unknown[] });
  const policies = resourcesOf(template, 'AWS::IAM::Policy').map(({ Properties }) => Properties as unknown as Policy);
  const managed = roles.flatMap(({ ManagedPolicyArns = [] }) => ManagedPolicyArns.map((arn) => JSON.stringify(arn)));
  const unknown = managed.find((arn) => !arn.includes(MANAGED_POLICY));
  if (unknown) {
    throw new Error(`a managed policy that is not known here: ${unknown}`);
  }
  return [
    ...[...roles.flatMap(({ Policies = [] }) => Policies), ...policies].flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter(({ Effect }) => Effect === 'Allow'),
    ...managed.map(() => OF_MANAGED_POLICY),
  ];
}

function footprint(assembly: string): Footprint {
  const { text, template } = templateOf(assembly);
  const { files } = JSON.parse(readFileSync(join(assembly, `${STACK}.assets.json`), 'utf8')) as { readonly files: Record<string, { readonly source: { readonly path: string } }> };
  const statements = statementsOf(template);
  const actions = (of: Statement[]) => [...new Set(of.flatMap(({ Action }) => Action))].sort();
  return {
    resources: Object.keys(template.Resources).length,
    assets: Object.values(files).filter(({ source }) => !source.path.endsWith('.template.json')).length,
    templateBytes: Buffer.byteLength(text),
    inlineCodeBytes: resourcesOf(template, 'AWS::Lambda::Function')
      .map(({ Properties }) => Buffer.byteLength((Properties.Code as { readonly ZipFile?: string }).ZipFile ?? '')).reduce((sum, bytes) => sum + bytes, 0),
    iamActions: actions(statements).filter((action) => action.startsWith('iam:')),
    actionsOnAll: actions(statements.filter(({ Resource }) => [Resource].flat().includes('*'))),
  };
}

export function measureFootprint(): Promise<OfEach<Footprint>> {
  return ofEach(CANDIDATES, (candidate) => footprint(synthesize(candidate)));
}
