import { createHash } from 'crypto';

/** One thing that can happen next. */
export interface Step<S> {
  readonly label: string;
  readonly isFault?: boolean;
  /** Throws a `Violation` if a promise is broken. */
  take(): S | Promise<S>;
}

export interface Model<S> {
  readonly initial: S;
  /** Everything that can come next. Throws a `Violation` if nothing can, but something must. */
  steps(state: S): readonly Step<S>[];
  /** Equal for states with the same future. */
  key(state: S): string;
}

export class Violation extends Error {}

interface Exploration {
  readonly states: number;
  /** States in which nothing can happen any more. */
  readonly ends: number;
  /** How many steps the farthest state is away from the start. */
  readonly depth: number;
  /** The promise that is broken after the fewest steps, and these steps: a line each. */
  readonly violation?: string;
}

interface Path {
  readonly previous?: Path;
  readonly label: string;
}

/** Visits all states, those that are fewer steps away first. Stops at the first violation, whose steps are therefore the fewest. */
export async function explore<S>({ initial, steps, key }: Model<S>): Promise<Exploration> {
  const seen = new Set([digest(key(initial))]);
  let frontier: { readonly state: S; readonly path?: Path }[] = [{ state: initial }];
  let path: Path | undefined;
  let ends = 0;
  let depth = 0;
  try {
    for (; frontier.length > 0; depth++) {
      const reached: typeof frontier = [];
      for (const from of frontier) {
        path = from.path;
        const possible = steps(from.state);
        ends += possible.length === 0 ? 1 : 0;
        for (const { label, take } of possible) {
          path = { previous: from.path, label };
          const state = await take();
          const keyAfter = digest(key(state));
          if (!seen.has(keyAfter)) {
            seen.add(keyAfter);
            reached.push({ state, path });
          }
        }
      }
      frontier = reached;
    }
  } catch (error) {
    return { states: seen.size, ends, depth, violation: violationOf(error, labelsOf(path)) };
  }
  return { states: seen.size, ends, depth: depth - 1 };
}

/** Takes steps at random until nothing more can happen. About one of `faultInterval` is a fault. */
export async function walk<S>(
  { initial, steps }: Model<S>, faultInterval: number, choices: Iterator<number>,
): Promise<Exploration['violation']> {
  const labels: string[] = [];
  try {
    let state = initial;
    for (let possible = steps(state); possible.length > 0; possible = steps(state)) {
      const choice: number = choices.next().value;
      const isFaultNext = choice % faultInterval === 0;
      const preferred = possible.filter(({ isFault = false }) => isFault === isFaultNext);
      const candidates = preferred.length > 0 ? preferred : possible;
      const { label, take } = candidates[Math.floor(choice / faultInterval) % candidates.length];
      labels.push(label);
      state = await take();
    }
    return undefined;
  } catch (error) {
    return violationOf(error, labels);
  }
}

function violationOf(error: unknown, labels: readonly string[]): string {
  if (error instanceof Violation) {
    return [error.message, ...labels].join('\n');
  }
  throw error;
}

function labelsOf(path: Path | undefined): string[] {
  return path ? [...labelsOf(path.previous), path.label] : [];
}

function digest(key: string): string {
  return createHash('sha1').update(key).digest('base64');
}
