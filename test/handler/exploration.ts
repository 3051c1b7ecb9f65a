import { createHash } from 'crypto';

/** One thing that can happen next. */
export interface Step<S> {
  readonly label: string;
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
  /** Whether every state was visited. */
  readonly complete: boolean;
  /** The promise that is broken after the fewest steps, and these steps. */
  readonly violation?: { readonly promise: string; readonly trace: readonly string[] };
}

/** Visits all states, those that are fewer steps away first. Stops at the first violation, whose trace is therefore the shortest. */
export async function explore<S>({ initial, steps, key }: Model<S>, maxStates = Infinity): Promise<Exploration> {
  const cameFrom: { readonly state: number; readonly label: string }[] = [{ state: -1, label: '' }];
  const traceTo = (state: number): string[] => state <= 0 ? [] : [...traceTo(cameFrom[state].state), cameFrom[state].label];
  const seen = new Set([digest(key(initial))]);
  let frontier = [{ state: initial, index: 0 }];
  let ends = 0;
  let depth = 0;
  for (; frontier.length > 0; depth++) {
    const reached: typeof frontier = [];
    for (const { state, index } of frontier) {
      let label: string | undefined;
      try {
        const possible = steps(state);
        ends += possible.length === 0 ? 1 : 0;
        for (const step of possible) {
          label = step.label;
          const taken = step.take();
          const next = taken instanceof Promise ? await taken : taken;
          const nextKey = digest(key(next));
          if (!seen.has(nextKey)) {
            seen.add(nextKey);
            reached.push({ state: next, index: cameFrom.push({ state: index, label }) - 1 });
          }
        }
      } catch (error) {
        if (error instanceof Violation) {
          const violation = { promise: error.message, trace: [...traceTo(index), ...label === undefined ? [] : [label]] };
          return { states: seen.size, ends, depth, complete: false, violation };
        }
        throw error;
      }
      if (seen.size > maxStates) {
        return { states: seen.size, ends, depth, complete: false };
      }
    }
    frontier = reached;
  }
  return { states: seen.size, ends, depth: depth - 1, complete: true };
}

function digest(key: string): string {
  return createHash('sha1').update(key).digest('base64');
}
