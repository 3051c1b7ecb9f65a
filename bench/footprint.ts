import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inlineCodeOf, STACK, synthesize } from './assemblies';
import { type Candidate, CANDIDATES, TITLES } from './candidates/candidate';
import { type Section, table } from './report';

interface Statement {
  readonly Effect?: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

function footprint(candidate: Candidate) {
  const assembly = synthesize(candidate);
  const { directory, template, resources } = assembly;
  const { files } = JSON.parse(readFileSync(join(directory, `${STACK}.assets.json`), 'utf8')) as { readonly files: Record<string, { readonly source: { readonly path: string } }> };
  const statements: Statement[] = [];
  JSON.parse(template, (_key, value: Statement | null) => {
    if (value?.Effect === 'Allow') statements.push(value);
    return value;
  });
  const iamActions = (of: readonly Statement[]) => of.flatMap(({ Action }) => Action).filter((action) => action.startsWith('iam:'));
  return {
    resources: resources.length,
    assets: Object.values(files).filter(({ source }) => !source.path.endsWith('.template.json')).length,
    templateBytes: Buffer.byteLength(template),
    codeBytes: Buffer.byteLength(inlineCodeOf(assembly)),
    iamActions: iamActions(statements),
    iamActionsOnAll: iamActions(statements.filter(({ Resource }) => Resource === '*')),
    managedPolicies: [...template.matchAll(/policy\/service-role\/(\w+)/g)].map(([, name]) => name),
  };
}

export async function measureFootprint(): Promise<Section> {
  const footprints = CANDIDATES.map(footprint);
  const row = (title: string, figure: keyof ReturnType<typeof footprint>) => [title, ...footprints.map(({ [figure]: value }) =>
    typeof value === 'number' ? value.toLocaleString('en') : [...new Set(value)].sort().map((name) => `\`${name}\``).join(', ') || '–')];
  const [ours, theirs] = footprints.map(({ resources }) => resources);
  return {
    runs: 'counted, the same in each run',
    targets: [{ target: 'no more resources than upsert-slr', measured: `${ours} and ${theirs}`, met: ours <= theirs }],
    figures: table(['', ...CANDIDATES.map((candidate) => TITLES[candidate])], [
      row('resources', 'resources'),
      row('assets, which need a bootstrapped account', 'assets'),
      row('template, bytes', 'templateBytes'),
      row('of these inline code', 'codeBytes'),
      row('IAM actions', 'iamActions'),
      row('of these on `*`', 'iamActionsOnAll'),
      row('managed policies', 'managedPolicies'),
    ]),
  };
}
