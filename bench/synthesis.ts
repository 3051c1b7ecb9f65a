import { median } from 'simple-statistics';
import { CANDIDATES, TITLES } from './candidates/candidate';
import { measure, PAIRS, PAIRS_OF_LARGE_APPS, rounds } from './processes';
import { atMost, medianOf, ms, ratio, type Section, spread, table } from './report';

const STACKS = ['100', '200', '400'];

/** What two constructs of this library add to each of some stacks, in milliseconds. */
async function addedPerStack(stacks: string) {
  const runs = await rounds(PAIRS_OF_LARGE_APPS, ['none', 'this-library'], (candidate) => measure<number>('synthesis', [candidate, stacks, '2']));
  return { stacks, empty: runs.map(({ none }) => none), added: runs.map(({ none, 'this-library': whole }) => (whole - none) / Number(stacks)) };
}

export async function measureSynthesis(): Promise<Section> {
  const runs = await rounds(PAIRS, ['none', ...CANDIDATES], (candidate) => measure<number>('synthesis', [candidate, '1', '1']));
  const added = CANDIDATES.map((candidate) => runs.map(({ none, [candidate]: whole }) => whole - none));
  const [ours, upsert] = added;

  const sizes: Awaited<ReturnType<typeof addedPerStack>>[] = [];
  for (const stacks of STACKS) {
    sizes.push(await addedPerStack(stacks));
  }
  const [smallest, , largest] = sizes.map((size) => median(size.added));
  const growth = largest / smallest;
  return {
    runs: `${PAIRS} rounds; ${PAIRS_OF_LARGE_APPS} of the apps of many stacks`,
    targets: [
      atMost(0, 'adds no more than upsert-slr: the difference', ms, ours.map((value, i) => value - upsert[i])),
      { target: 'linear: a stack of 400 takes at most 1.2 times as long as a stack of 100', measured: ratio(growth), met: growth <= 1.2 },
    ],
    figures: [
      `Added to an app of one empty stack, which takes ${medianOf(ms, runs.map(({ none }) => none))}:`,
      table(CANDIDATES.map((candidate) => TITLES[candidate]), [added.map((values) => spread(ms, values))]),
      'Added to each of many stacks by two constructs of this library:',
      table(['stacks', 'empty app', 'added per stack'], sizes.map((size) => [size.stacks, medianOf(ms, size.empty), spread(ms, size.added)])),
    ].join('\n\n'),
  };
}
