import { median, quantile } from 'simple-statistics';

/** What a section measured, for its place in the page. */
export interface Section {
  /** How many runs the figures come from. */
  readonly runs: string;
  readonly targets: readonly Target[];
  readonly figures: string;
}

export interface Target {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  /** Wanted, but the benchmarks do not fail without it. */
  readonly isGoal?: boolean;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const short = (value: number) => value.toFixed(Math.abs(value) < 10 ? 1 : 0);
export const ms = (value: number) => `${short(value)} ms`;
export const s = (value: number) => `${short(value)} s`;
export const ratio = (value: number) => value.toFixed(2);
export const medianOf = (write: (value: number) => string, values: readonly number[]) => write(median([...values]));

/** The median and, in parentheses, the quartiles. */
export function spread(write: (value: number) => string, values: readonly number[]): string {
  const [low, middle, high] = quantile([...values], [0.25, 0.5, 0.75]).map(write);
  return `${middle} (${low} to ${high})`;
}

/** Judges the median as it is written. */
export function atMost(limit: number, target: string, write: (value: number) => string, values: readonly number[], isGoal = false): Target {
  return { target, measured: spread(write, values), met: parseFloat(medianOf(write, values)) <= limit, isGoal };
}

export function targetsOf({ targets }: Section): string {
  return table(['', 'measured', 'met'], targets.map(({ target, measured, met, isGoal }) => [isGoal ? `goal: ${target}` : target, measured, met ? 'yes' : '**no**']));
}
