import { measure, PAIRS, PAIRS_OF_LARGE_APPS, rounds } from './processes';
import { atMost, medianOf, ms, ratio, type Section, spread, table } from './report';

const APPS = [
  { title: 'the shop', args: ['shop'], pairs: PAIRS },
  { title: '1,000 caches', args: ['caches', '1000'], pairs: PAIRS_OF_LARGE_APPS },
  { title: '10,000 caches', args: ['caches', '10000'], pairs: PAIRS_OF_LARGE_APPS },
];

async function pairsOf({ title, args, pairs }: typeof APPS[number]) {
  const runs = await rounds(pairs, ['without', 'with'], (variant) => measure<number>('aspect', [variant, ...args]));
  return {
    title,
    without: runs.map((run) => run.without),
    ratios: runs.map((run) => run.with / run.without),
    differences: runs.map((run) => run.with - run.without),
  };
}

/** What the aspect adds to apps. */
export async function measureAspect(): Promise<Section> {
  const apps: Awaited<ReturnType<typeof pairsOf>>[] = [];
  for (const app of APPS) {
    apps.push(await pairsOf(app));
  }
  const row = (title: string, cell: (app: typeof apps[number]) => string) => [title, ...apps.map(cell)];
  return {
    runs: `${PAIRS} pairs of the shop, ${PAIRS_OF_LARGE_APPS} of the caches`,
    targets: [atMost(1.02, 'the shop with the aspect takes at most 1.02 times as long', ratio, apps[0].ratios, true)],
    figures: table(['', ...apps.map(({ title }) => title)], [
      row('without the aspect', ({ without }) => medianOf(ms, without)),
      row('**with the aspect: times as long**', ({ ratios }) => spread(ratio, ratios)),
      row('difference', ({ differences }) => spread(ms, differences)),
    ]),
  };
}
