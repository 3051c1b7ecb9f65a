import { setTimeout } from 'timers/promises';

/** Time in milliseconds. */
export interface Clock {
  now(): number;
  /** `ref: false`: the timer does not keep the process alive. */
  sleep(ms: number, options?: { readonly ref: boolean }): Promise<unknown>;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, options) => setTimeout(ms, undefined, options),
};

export class TimeoutError extends Error {
  public readonly name = 'TimeoutError';
}

/** Waits for the work, but throws with the message after `ms`. The work itself continues. */
export function withTimeout<T>(clock: Clock, ms: number, work: Promise<T>, message: () => string): Promise<T> {
  const timeout = async (): Promise<never> => {
    await clock.sleep(ms, { ref: false });
    throw new TimeoutError(message());
  };
  return Promise.race([work, timeout()]);
}
