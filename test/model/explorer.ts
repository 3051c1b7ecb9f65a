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

export interface Exploration {
  readonly states: number;
  /** States in which nothing can happen any more. */
  readonly ends: number;
  /** How many steps the farthest state is away from the start. */
  readonly depth: number;
  /** The promise that is broken after the fewest steps, and these steps. */
  readonly violation?: { readonly promise: string; readonly trace: readonly string[] };
}

interface Path {
  readonly previous?: Path;
  readonly label: string;
}

/** Visits all states, those that are fewer steps away first. Stops at the first violation, whose trace is therefore the shortest. */
export async function explore<S>({ initial, steps, key }: Model<S>): Promise<Exploration> {
  const seen = new Set([digest(key(initial))]);
  let frontier: { readonly state: S; readonly path?: Path }[] = [{ state: initial }];
  let ends = 0;
  let depth = 0;
  for (; frontier.length > 0; depth++) {
    const reached: typeof frontier = [];
    for (const { state, path } of frontier) {
      let next = path;
      try {
        const possible = steps(state);
        ends += possible.length === 0 ? 1 : 0;
        for (const { label, take } of possible) {
          next = { previous: path, label };
          const taken = take();
          const stateAfter = taken instanceof Promise ? await taken : taken;
          const keyAfter = digest(key(stateAfter));
          if (!seen.has(keyAfter)) {
            seen.add(keyAfter);
            reached.push({ state: stateAfter, path: next });
          }
        }
      } catch (error) {
        if (error instanceof Violation) {
          return { states: seen.size, ends, depth, violation: { promise: error.message, trace: traceOf(next) } };
        }
        throw error;
      }
    }
    frontier = reached;
  }
  return { states: seen.size, ends, depth: depth - 1 };
}

/** Takes steps at random until nothing more can happen. About one of `faultInterval` is a fault. */
export async function walk<S>(
  { initial, steps }: Model<S>, faultInterval: number, choices: Iterator<number>,
): Promise<Exploration['violation']> {
  const trace: string[] = [];
  try {
    let state = initial;
    for (let possible = steps(state); possible.length > 0; possible = steps(state)) {
      const choice: number = choices.next().value;
      const faults = possible.filter(({ isFault }) => isFault);
      const others = possible.filter(({ isFault }) => !isFault);
      const [first, second] = choice % faultInterval === 0 ? [faults, others] : [others, faults];
      const candidates = first.length > 0 ? first : second;
      const { label, take } = candidates[Math.floor(choice / faultInterval) % candidates.length];
      trace.push(label);
      state = await take();
    }
    return undefined;
  } catch (error) {
    if (error instanceof Violation) {
      return { promise: error.message, trace };
    }
    throw error;
  }
}

function traceOf(path: Path | undefined): string[] {
  return path ? [...traceOf(path.previous), path.label] : [];
}

function digest(key: string): string {
  return createHash('sha1').update(key).digest('base64');
}
