import type { Role } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Action, iamOf } from './iam/iam-model';
import { respond } from '../../src/handler/respond';

export interface PendingCall {
  readonly kind: 'call';
  readonly action: Action;
  readonly request: never;
}

export interface PendingPut {
  readonly kind: 'put';
  readonly body: string;
}

/** What an invocation of the handler waits for, apart from its time-outs. */
type Pending = PendingCall | PendingPut | { readonly kind: 'timer' } | { readonly kind: 'end'; readonly succeeded: boolean };

/** How the wait ended: with a response, with an error, or with the time of a timer. */
export interface Result {
  readonly at: number;
  readonly response?: unknown;
  readonly error?: Error;
}

/** An invocation as Lambda starts it. */
interface Start {
  readonly event: CloudFormationCustomResourceEvent;
  readonly at: number;
  /** For how many milliseconds Lambda lets the function run. Infinity: calls and responses do not time out either. */
  readonly lambdaTimeout: number;
}

/** An invocation of the handler, up to where it waits. */
export interface Course {
  readonly number: number;
  readonly start: number;
  readonly pending: Pending;
  /** When it began to wait. */
  readonly since: number;
  /** How often it began to wait. */
  readonly waits: number;
  /** When the timers end. */
  readonly timers: readonly number[];
  /** The calls of IAM that ended, with the role that a response showed. */
  readonly calls: readonly { readonly action: Action; readonly at: number; readonly role?: Role }[];
  /** The responses that were sent, each with its status if there was one. */
  readonly puts: readonly { readonly body: string; readonly status?: number }[];
  /** What follows when the wait ends so. */
  next(result: Result): Promise<Course>;
}

let count = 0;

/** Starts an invocation. With results, it continues with these, up to where it waits then. */
export async function startCourse(start: Start, results: readonly Result[] = []): Promise<Course> {
  const invocation = new Invocation(start);
  await settle();
  for (const result of results) {
    await invocation.proceed(result);
  }
  return courseOf(invocation, start, results);
}

/**
 * What the handler does next depends only on the event and on what it was shown when. So each course is run once, and the explorer
 * continues from it in every way: the running invocation in one, and another one, from the start, in each of the others.
 */
function courseOf(invocation: Invocation, start: Start, results: readonly Result[]): Course {
  const { pending, since, waits, timers, calls, puts } = invocation;
  const continued = new Map<string, Promise<Course>>();
  let isRunning = true;
  const continueWith = async (result: Result) => {
    const extended = [...results, result];
    if (!isRunning) {
      return startCourse(start, extended);
    }
    isRunning = false;
    await invocation.proceed(result);
    return courseOf(invocation, start, extended);
  };
  const next = (result: Result) => {
    const key = `${result.at} ${result.error ?? JSON.stringify(result.response)}`;
    const course = continued.get(key) ?? continueWith(result);
    continued.set(key, course);
    return course;
  };
  return { number: count++, start: start.at, pending, since, waits, timers: timers.map(({ at }) => at), calls, puts, next };
}

/** A running invocation. */
class Invocation {
  pending: Pending = { kind: 'timer' };
  since: number;
  waits = 0;
  timers: { readonly at: number; readonly wake: () => void }[] = [];
  calls: Course['calls'] = [];
  puts: Course['puts'] = [];
  private now: number;
  private readonly callsTimeOut: boolean;

  constructor({ event, at, lambdaTimeout }: Start) {
    this.now = at;
    this.since = at;
    this.callsTimeOut = lambdaTimeout < Infinity;
    respond(event, lambdaTimeout, {
      clock: { now: () => this.now, sleep: (ms, options) => this.sleep(ms, options?.ref === false) },
      iam: iamOf((action, request) => this.waitFor({ kind: 'call', action, request })),
      put: (_, body) => this.waitFor({ kind: 'put', body }),
      log: () => {},
      random: () => 1,
    }).then(() => this.beginToWait({ kind: 'end', succeeded: true }), () => this.beginToWait({ kind: 'end', succeeded: false }));
  }

  /** Ends the call or the PUT that it waits for. */
  private end: (result: Result) => void = () => {};

  async proceed(result: Result): Promise<void> {
    const { pending, waits } = this;
    this.now = result.at;
    if (result.error ?? result.response) {
      this.end(result);
    } else {
      const due = this.timers.filter(({ at }) => at <= this.now);
      this.timers = this.timers.filter(({ at }) => at > this.now);
      due.forEach(({ wake }) => wake());
    }
    await settle();
    if (this.waits === waits) {
      return; // Only a time-out that no longer mattered ended.
    }
    if (pending.kind === 'call') {
      this.calls = [...this.calls, { action: pending.action, at: this.now, role: (result.response as { readonly Role?: Role } | undefined)?.Role }];
    } else if (pending.kind === 'put') {
      this.puts = [...this.puts, { body: pending.body, status: result.response as number | undefined }];
    }
  }

  private beginToWait(pending: Pending): void {
    this.pending = pending;
    this.since = this.now;
    this.waits++;
  }

  private waitFor(pending: Pending): Promise<never> {
    return new Promise((resolve, reject) => {
      this.beginToWait(pending);
      this.end = ({ response, error }) => error ? reject(error) : resolve(response as never);
    });
  }

  /** A timer that does not keep the process alive is a time-out. */
  private sleep(ms: number, isTimeout: boolean): Promise<void> {
    if (!isTimeout) {
      this.beginToWait({ kind: 'timer' });
    }
    return new Promise((wake) => {
      if (!isTimeout || this.callsTimeOut) {
        this.timers.push({ at: this.now + ms, wake });
      }
    });
  }
}

/** The tick queue runs when no promise is left to continue. */
function settle(): Promise<void> {
  return new Promise(process.nextTick);
}
