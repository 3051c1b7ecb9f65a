import type { Clock } from '../../../src/handler/clock';

export const SECOND = 1_000;
export const START = Date.parse('2026-01-01T12:00:00Z');

/** Time that advances to the next timer as soon as nothing else is left to run. */
export class SimulatedClock implements Clock {
  private time = START;
  /** Latest first. */
  private readonly timers: { readonly at: number; readonly wake: () => void }[] = [];
  private stop?: Promise<unknown>;

  now = () => this.time;

  sleep = (ms: number) => new Promise<void>((wake) => {
    const at = this.time + Math.max(ms, 0);
    const index = this.timers.findIndex((timer) => timer.at <= at);
    this.timers.splice(index < 0 ? this.timers.length : index, 0, { at, wake });
  });

  /** Lets the time pass although a request is in progress. */
  goOn: () => void = () => {};

  get secondsPassed(): number {
    return (this.time - START) / SECOND;
  }

  /** Lets time pass until the work ends. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => { ended = true; };
    work.then(end, end);
    for (await this.settle(); !ended; await this.settle()) {
      const timer = this.timers.pop();
      if (!timer) {
        throw new Error('the work waits for nothing that can happen');
      }
      this.time = timer.at;
      timer.wake();
    }
    return work;
  }

  /** Stops the time during a request over a real connection, until `goOn` is called. */
  stopDuring<T>(response: Promise<T>): Promise<T> {
    this.stop = Promise.race([response.catch(() => {}), new Promise<void>((resolve) => { this.goOn = resolve; })]);
    return response;
  }

  /** Waits until all code waits for a timer, or for what only the test can do. */
  private async settle(): Promise<void> {
    let stop: Promise<unknown> | undefined;
    do {
      stop = this.stop;
      await stop;
      // The tick queue runs when no promise is left to continue, without a turn of the event loop.
      await new Promise<void>(process.nextTick);
    } while (stop !== this.stop);
  }
}
