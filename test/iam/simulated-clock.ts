import type { Clock } from '../../src/handler/clock';

export const SECOND = 1_000;
export const START = Date.parse('2026-01-01T12:00:00Z');

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that advances to the next timer as soon as nothing else is left to run. */
export class SimulatedClock implements Clock {
  private time = START;
  /** Latest first. */
  private readonly timers: Timer[] = [];
  private readonly requests = new Set<{ isWaiting: boolean }>();
  private latestRequest = { isWaiting: false };

  now = () => this.time;

  sleep = (ms: number) => new Promise<void>((wake) => {
    const at = this.time + Math.max(ms, 0);
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      [low, high] = this.timers[middle].at > at ? [middle + 1, high] : [low, middle];
    }
    this.timers.splice(low, 0, { at, wake });
  });

  get secondsPassed(): number {
    return (this.time - START) / SECOND;
  }

  /** When the next timer ends. */
  get nextTimer(): number | undefined {
    return this.timers.at(-1)?.at;
  }

  /** Ends the next timer, at its time. */
  advance(): void {
    const { at, wake } = this.timers.pop()!;
    this.time = at;
    wake();
  }

  /** Waits until all code waits for a timer, or for what only the test can do. */
  async settle(): Promise<void> {
    do {
      // The tick queue runs when no promise is left to continue, without a turn of the event loop.
      await new Promise<void>(this.isStopped ? setImmediate : process.nextTick);
    } while (this.isStopped);
  }

  /** Lets time pass until the work ends. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => { ended = true; };
    work.then(end, end);
    for (await this.settle(); !ended; await this.settle()) {
      if (this.nextTimer === undefined) {
        throw new Error('the work waits for nothing that can happen');
      }
      this.advance();
    }
    return work;
  }

  /** Stops the time during a request over a real connection. */
  async stopDuring<T>(response: Promise<T>): Promise<T> {
    const request = this.latestRequest = { isWaiting: false };
    this.requests.add(request);
    try {
      return await response;
    } finally {
      this.requests.delete(request);
    }
  }

  /** Lets the time pass although the latest request is in progress, because it waits for this. */
  async passDuring<T>(wait: Promise<T>): Promise<T> {
    const request = this.latestRequest;
    request.isWaiting = true;
    try {
      return await wait;
    } finally {
      request.isWaiting = false;
    }
  }

  private get isStopped(): boolean {
    return [...this.requests].some(({ isWaiting }) => !isWaiting);
  }
}
