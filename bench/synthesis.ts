import { rmSync } from 'node:fs';
import { temporaryDirectory } from './assemblies';
import { measure, median, medians, ofEach, quartiles } from './processes';
import { type Added, CANDIDATES, type Results, type WithAndWithout } from './results';

const ROUNDS_OF_EMPTY_APP = 30;
const ROUNDS_WITH_VALIDATION = 10;
const ROUNDS_OF_STACKS = 10;
const ROUNDS_OF_ASPECT = 5;
const ROUNDS_OF_APP = 30;
const ROUNDS_OF_APP_WITH_VALIDATION = 10;
const ALL = ['none', ...CANDIDATES] as const;
const WITHOUT_VALIDATION = { CDK_VALIDATION: 'false' };

type Round = Readonly<Record<typeof ALL[number], Added>>;

/** One run of each in turn, so that a busy machine slows all alike, and each round begins with another. */
async function alternating(rounds: number, stacks: number, env: Record<string, string>): Promise<Round[]> {
  const figures: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const first = i % ALL.length;
    figures.push(await ofEach([...ALL.slice(first), ...ALL.slice(0, first)], async (candidate) => {
      const outdir = temporaryDirectory();
      const run = await measure<Added>('synthesis', [candidate, `${stacks}`, outdir], env);
      rmSync(outdir, { recursive: true });
      return run;
    }));
  }
  return figures;
}

/** Medians of what a candidate took more than the empty app of the same round. */
async function ofEmptyApp(rounds: readonly Round[]) {
  const added = await ofEach(CANDIDATES, (candidate) => {
    const differences = rounds.map(({ none, [candidate]: whole }) => ({
      require: whole.require - none.require,
      synthesis: whole.synthesis - none.synthesis,
      total: whole.total - none.total,
    }));
    return { ...medians(differences), quartiles: quartiles(differences.map(({ total }) => total)) };
  });
  return { empty: median(rounds.map(({ none }) => none.total)), added };
}

/** Seconds of an app of some size, and what the aspect adds to it: one run of each in turn, and each round begins with the other. */
async function ofApp(rounds: number, env: Record<string, string>): Promise<Results['app']['off']> {
  const runs: WithAndWithout[] = [];
  for (let i = 0; i < rounds; i++) {
    runs.push(await ofEach(i % 2 ? ['with', 'without'] : ['without', 'with'], async (aspect) => {
      const outdir = temporaryDirectory();
      const { seconds } = await measure<{ readonly seconds: number }>('app', [aspect, outdir], env);
      rmSync(outdir, { recursive: true });
      return seconds;
    }));
  }
  const differences = runs.map((run) => run.with - run.without);
  return { without: median(runs.map(({ without }) => without)), added: median(differences), quartiles: quartiles(differences) };
}

export async function measureSynthesis(): Promise<Pick<Results, 'synthesis' | 'stacks' | 'aspect' | 'app'>> {
  const off = await alternating(ROUNDS_OF_EMPTY_APP, 1, WITHOUT_VALIDATION);
  const on = await alternating(ROUNDS_WITH_VALIDATION, 1, {});
  const synthesis = { off: await ofEmptyApp(off), on: await ofEmptyApp(on) };

  const ofStacks = {
    1: off,
    10: await alternating(ROUNDS_OF_STACKS, 10, WITHOUT_VALIDATION),
    100: await alternating(ROUNDS_OF_STACKS, 100, WITHOUT_VALIDATION),
  };
  const stacks = await ofEach(['1', '10', '100'], (count) =>
    ofEach(ALL, (candidate) => median(ofStacks[count].map(({ [candidate]: { total } }) => total)) / 1000));

  const aspect = await ofEach(['100', '1000', '10000'], async (caches) =>
    medians(await measure<WithAndWithout[]>('aspect', [caches, `${ROUNDS_OF_ASPECT}`], WITHOUT_VALIDATION)));

  const app = { off: await ofApp(ROUNDS_OF_APP, WITHOUT_VALIDATION), on: await ofApp(ROUNDS_OF_APP_WITH_VALIDATION, {}) };
  return { synthesis, stacks, aspect, app };
}
