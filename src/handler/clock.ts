import { setTimeout } from 'timers/promises';

/** Time in milliseconds, injected so that tests need none. */
export interface Clock {
  now(): number;
  /** `ref: false`: a timer that alone keeps no process alive. */
  sleep(ms: number, options?: { readonly ref: boolean }): Promise<unknown>;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, options) => setTimeout(ms, undefined, options),
};

/** Waits for `work` at most that long, whether or not it can be ended. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, message: () => string): Promise<T> {
  return Promise.race([
    work,
    clock.sleep(ms, { ref: false }).then(() => {
      throw new Error(message());
    }),
  ]);
}
