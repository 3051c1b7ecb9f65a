import { measure, PAIRS, PAIRS_OF_LARGE_APPS, rounds } from './processes';
import { atMost, medianOf, ms, ratio, type Section, spread, table } from './report';

type Run = Readonly<Record<'wallMs' | 'cpuMs' | 'loadMs' | 'visitsMs' | 'ownFiles' | 'otherFiles', number>>;

const APPS = [
  { title: 'the shop', args: ['shop'], pairs: PAIRS },
  { title: '1,000 caches', args: ['caches', '1000'], pairs: PAIRS_OF_LARGE_APPS },
  { title: '10,000 caches', args: ['caches', '10000'], pairs: PAIRS_OF_LARGE_APPS },
];

async function pairsOf({ title, args, pairs }: typeof APPS[number]) {
  const runs = await rounds(pairs, ['without', 'with'], (variant) => measure<Run>('aspect', [variant, ...args], { CDK_VALIDATION: 'false' }));
  const ratios = (figure: 'wallMs' | 'cpuMs') => runs.map((run) => run.with[figure] / run.without[figure]);
  const more = (figure: keyof Run) => runs.map((run) => run.with[figure] - run.without[figure]);
  return { title, without: runs.map(({ without }) => without.wallMs), ratios, more };
}

/** What the aspect adds to apps, and of what that consists. */
export async function measureAspect(): Promise<Section> {
  const apps: Awaited<ReturnType<typeof pairsOf>>[] = [];
  for (const app of APPS) {
    apps.push(await pairsOf(app));
  }
  const count = (value: number) => `${value}`;
  const row = (title: string, cell: (app: typeof apps[number]) => string) => [title, ...apps.map(cell)];
  return {
    runs: `${PAIRS} pairs of the shop, ${PAIRS_OF_LARGE_APPS} of the caches`,
    targets: [atMost(1.02, 'the shop with the aspect takes at most 1.02 times as long', ratio, apps[0].ratios('wallMs'), true)],
    figures: table(['', ...apps.map(({ title }) => title)], [
      row('without the aspect', ({ without }) => medianOf(ms, without)),
      row('**with the aspect: times as long**', ({ ratios }) => spread(ratio, ratios('wallMs'))),
      row('CPU', ({ ratios }) => spread(ratio, ratios('cpuMs'))),
      row('difference', ({ more }) => spread(ms, more('wallMs'))),
      row('of this: loading the library', ({ more }) => medianOf(ms, more('loadMs'))),
      row('of this: visits, which declare the role', ({ more }) => medianOf(ms, more('visitsMs'))),
      row('files loaded: of the library', ({ more }) => medianOf(count, more('ownFiles'))),
      row('files loaded: of `aws-cdk-lib`, at any time', ({ more }) => medianOf(count, more('otherFiles'))),
    ]),
  };
}
