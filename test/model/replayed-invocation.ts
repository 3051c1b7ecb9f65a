import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Action, iamOf } from './iam/iam-model';
import { type Dependencies, respond } from '../../src/handler/respond';

/** What an invocation of the handler waits for, apart from its timers. */
export type Pending =
  | PendingCall
  | PendingPut
  | { readonly kind: 'timer' }
  | { readonly kind: 'end'; readonly succeeded: boolean };

export interface PendingCall {
  readonly kind: 'call';
  readonly action: Action;
  readonly request: never;
}

export interface PendingPut {
  readonly kind: 'put';
  readonly body: string;
}

/** How the wait ended: with a response, with an error, or with the time of a timer. */
export interface Result {
  readonly at: number;
  readonly response?: unknown;
  readonly error?: Error;
}

/** An invocation as Lambda starts it. */
export interface Start {
  readonly event: CloudFormationCustomResourceEvent;
  readonly at: number;
  /** For how many milliseconds Lambda lets the function run. */
  readonly lambdaTimeout: number;
  /** Whether calls, responses, and the function time out. */
  readonly timesOut: boolean;
}

/**
 * An invocation of the handler, up to where it waits. What the handler does next depends only on the event and on what it was shown when.
 * So each course is run once, and the explorer continues from it in every way.
 */
export class Course {
  static async start(start: Start, results: readonly Result[] = []): Promise<Course> {
    const invocation = new Invocation(start);
    await settle();
    for (const result of results) {
      await invocation.proceed(result);
    }
    return new Course(invocation, results);
  }

  private static count = 0;

  readonly number = Course.count++;
  readonly pending: Pending;
  /** When the timers end. */
  readonly timers: readonly number[];
  private readonly continued = new Map<string, Course>();
  private isLive = true;

  private constructor(private readonly invocation: Invocation, private readonly results: readonly Result[]) {
    this.pending = invocation.pending;
    this.timers = invocation.timers.map(({ at }) => at);
  }

  /** What follows when the wait ends so. */
  next(result: Result): Course | Promise<Course> {
    const key = `${result.at} ${result.error ?? JSON.stringify(result.response)}`;
    return this.continued.get(key) ?? this.continueWith(result).then((course) => {
      this.continued.set(key, course);
      return course;
    });
  }

  private async continueWith(result: Result): Promise<Course> {
    const { invocation, results } = this;
    if (!this.isLive) {
      return Course.start(invocation.start, [...results, result]);
    }
    this.isLive = false; // The invocation continues once; for another way, it is run again.
    await invocation.proceed(result);
    return new Course(invocation, [...results, result]);
  }
}

class Invocation {
  pending: Pending = { kind: 'timer' };
  timers: { readonly at: number; readonly wake: () => void }[] = [];
  private now: number;
  private end?: (result: Result) => void;

  constructor(readonly start: Start) {
    const { event, at, lambdaTimeout } = start;
    this.now = at;
    const end = (succeeded: boolean) => { this.pending = { kind: 'end', succeeded }; };
    respond(event, lambdaTimeout, this.dependencies).then(() => end(true), () => end(false));
  }

  async proceed(result: Result): Promise<void> {
    this.now = result.at;
    if (result.error ?? result.response) {
      this.pending = { kind: 'timer' };
      this.end!(result);
    } else {
      const due = this.timers.filter(({ at }) => at <= this.now);
      this.timers = this.timers.filter(({ at }) => at > this.now);
      due.forEach(({ wake }) => wake());
    }
    await settle();
  }

  private get dependencies(): Dependencies {
    return {
      clock: { now: () => this.now, sleep: (ms, { ref } = { ref: true }) => this.sleep(ms, !ref) },
      iam: iamOf((action, request) => this.waitFor({ kind: 'call', action, request })),
      put: (_, body) => this.waitFor({ kind: 'put', body }),
      log: () => {},
      random: () => 1,
    };
  }

  /** A timer that does not keep the process alive is a time-out. */
  private sleep(ms: number, isTimeout: boolean): Promise<void> {
    if (!isTimeout) {
      this.pending = { kind: 'timer' };
    }
    return new Promise((wake) => {
      if (!isTimeout || this.start.timesOut) {
        this.timers.push({ at: this.now + ms, wake });
      }
    });
  }

  private waitFor(pending: Pending): Promise<never> {
    return new Promise((resolve, reject) => {
      this.pending = pending;
      this.end = ({ response, error }) => error ? reject(error) : resolve(response as never);
    });
  }
}

/** The tick queue runs when no promise is left to continue. */
function settle(): Promise<void> {
  return new Promise(process.nextTick);
}
