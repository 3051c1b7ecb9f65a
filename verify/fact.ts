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
  /** The state before it is observed. @default - any */
  readonly given?: 'no role' | 'the role';
  /** Why the local AWS cannot show it. @default - it can */
  readonly notLocal?: string;
  /** Returns what was seen. An error is seen too. */
  observe(run: Run): Promise<string>;
}

/** What a fact came to. */
export interface Result {
  readonly fact: Fact;
  readonly seen: string;
  readonly seconds: number;
  readonly agrees: boolean;
}

/** For a measured time: "12.3 s" agrees with at most 60. */
export function atMost(limit: number): Pick<Fact, 'expected' | 'agrees'> {
  return { expected: `at most ${limit} s`, agrees: (seen) => seen.endsWith(' s') && parseFloat(seen) <= limit };
}
