import { CANDIDATES, TITLES } from './candidates/candidate';
import { measure, PAIRS, rounds } from './processes';
import { atMost, medianOf, ms, type Section, spread, table } from './report';

/** What each candidate adds to an app of one empty stack. */
export async function measureSynthesis(): Promise<Section> {
  const runs = await rounds(PAIRS, ['none', ...CANDIDATES], (candidate) => measure<number>('synthesis', [candidate]));
  const added = CANDIDATES.map((candidate) => runs.map(({ none, [candidate]: whole }) => whole - none));
  const [ours, upsert] = added;
  return {
    runs: `${PAIRS} rounds`,
    targets: [atMost(0, 'adds no more than upsert-slr: the difference', ms, ours.map((value, i) => value - upsert[i]))],
    figures: [
      `Added to an app of one empty stack, which takes ${medianOf(ms, runs.map(({ none }) => none))}:`,
      table(CANDIDATES.map((candidate) => TITLES[candidate]), [added.map((values) => spread(ms, values))]),
    ].join('\n\n'),
  };
}
