import type { Role } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Action, iamOf } from './iam/iam-model';
import { type Dependencies, respond } from '../../src/handler/respond';

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

/**
 * What the handler does next depends only on the event and on what it was shown when. So each course is run once, from the start, and
 * the explorer continues from it in every way.
 */
export async function startCourse(start: Start, results: readonly Result[] = []): Promise<Course> {
  const continued = new Map<string, Promise<Course>>();
  const next = (result: Result) => {
    const key = `${result.at} ${result.error ?? JSON.stringify(result.response)}`;
    const course = continued.get(key) ?? startCourse(start, [...results, result]);
    continued.set(key, course);
    return course;
  };
  return { ...await replay(start, results), number: count++, next };
}

/** Runs an invocation with these results, up to where it waits then. */
async function replay({ event, at: start, lambdaTimeout }: Start, results: readonly Result[]): Promise<Omit<Course, 'number' | 'next'>> {
  let now = start;
  let since = start;
  let pending: Pending = { kind: 'timer' };
  let waits = 0;
  let end: (result: Result) => void;
  let timers: { readonly at: number; readonly wake: () => void }[] = [];
  const calls = [];
  const puts = [];

  const beginToWait = (next: Pending) => {
    pending = next;
    waits++;
  };
  const waitFor = (next: Pending) => new Promise<never>((resolve, reject) => {
    beginToWait(next);
    end = ({ response, error }) => error ? reject(error) : resolve(response as never);
  });
  /** A timer that does not keep the process alive is a time-out. */
  const sleep: Dependencies['clock']['sleep'] = (ms, { ref } = { ref: true }) => {
    if (ref) {
      beginToWait({ kind: 'timer' });
    }
    return new Promise<void>((wake) => {
      if (ref || lambdaTimeout < Infinity) {
        timers.push({ at: now + ms, wake });
      }
    });
  };

  respond(event, lambdaTimeout, {
    clock: { now: () => now, sleep },
    iam: iamOf((action, request) => waitFor({ kind: 'call', action, request })),
    put: (_, body) => waitFor({ kind: 'put', body }),
    log: () => {},
    random: () => 1,
  }).then(() => beginToWait({ kind: 'end', succeeded: true }), () => beginToWait({ kind: 'end', succeeded: false }));
  await settle();

  for (const result of results) {
    const ended = pending as Pending; // which `settle` lets change
    const waitsBefore = waits;
    now = result.at;
    if (result.error ?? result.response) {
      end!(result);
    } else {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      due.forEach(({ wake }) => wake());
    }
    await settle();
    if (waits === waitsBefore) {
      continue; // Only a time-out that no longer mattered ended.
    }
    since = now;
    if (ended.kind === 'call') {
      calls.push({ action: ended.action, at: now, role: (result.response as { readonly Role?: Role } | undefined)?.Role });
    } else if (ended.kind === 'put') {
      puts.push({ body: ended.body, status: result.response as number | undefined });
    }
  }
  return { start, pending, since, waits, timers: timers.map(({ at }) => at), calls, puts };
}

/** The tick queue runs when no promise is left to continue. */
function settle(): Promise<void> {
  return new Promise(process.nextTick);
}
