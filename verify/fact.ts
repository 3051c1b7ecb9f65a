import type { Run } from './run';

/** Something that the docs state of AWS. */
export interface Fact {
  readonly topic: string;
  readonly name: string;
  /** The sentence of the docs that depends on it, or its start, after the file and a colon. */
  readonly sentence: string;
  readonly expected: string;
  /** Whether what was seen is as expected. @default - it is the same text */
  readonly agrees?: (seen: string) => boolean;
  /** The state before it is observed. */
  readonly given: 'no role' | 'the role';
  /** Whether a run on the local AWS leaves it out. */
  readonly notLocal?: boolean;
  /** Returns what was seen. An error is seen too. */
  observe(run: Run): Promise<string>;
}

type Row = readonly [name: string, sentence: string, expected: string | Pick<Fact, 'expected' | 'agrees'>, observe: Fact['observe']];

/** Expects `seconds` of a duration up to the limit. */
export function atMost(limit: number): Pick<Fact, 'expected' | 'agrees'> {
  return { expected: `at most ${limit} s`, agrees: (seen) => /^[\d.]+ s$/.test(seen) && parseFloat(seen) <= limit };
}

/** Facts of one topic, which have a state before them in common. */
export function facts(topic: string, given: Fact['given'], rows: readonly Row[]): readonly Fact[] {
  return rows.map(([name, sentence, expected, observe]) =>
    ({ topic, given, name, sentence, ...typeof expected === 'string' ? { expected } : expected, observe }));
}
