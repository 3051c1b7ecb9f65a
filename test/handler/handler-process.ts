import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Dependencies, respond } from '../../src/handler/respond';
import { HANDLER_CODE } from '../../src/private/handler-code';
import { type Action, iamOf } from '../iam/iam-model';

const LAMBDA_TIMEOUT = 900_000;

export type Respond = typeof respond;

/** The handler as it is deployed, with other code in place of some of it. */
export function loadHandler(replacements: readonly (readonly [code: string, other: string])[] = []): Respond {
  const code = replacements.reduce((changed, [original, other]) => {
    if (changed.split(original).length !== 2) {
      throw new Error(`not once in the handler: ${original}`);
    }
    return changed.replace(original, () => other);
  }, HANDLER_CODE);
  const module: { exports: { respond?: Respond } } = { exports: {} };
  new Function('module', 'require', `${code}\nmodule.exports.respond = respond;`)(module, require);
  return module.exports.respond!;
}

/** What an invocation of the handler waits for. */
export type Pending =
  | { readonly kind: 'call'; readonly action: Action; readonly request: never }
  | { readonly kind: 'sleep'; readonly until: number }
  | { readonly kind: 'nothing' };

/** How the wait ended. */
export interface Result {
  readonly at: number;
  readonly response?: object;
  readonly error?: Error;
}

/**
 * An invocation of the handler, up to where it waits. What the handler does next depends only on the event and on what it was shown when.
 * So each course is run once, and the explorer continues from it in every way.
 */
export class Course {
  static async start(handler: Respond, event: CloudFormationCustomResourceEvent, at: number, results: readonly Result[] = []): Promise<Course> {
    const invocation = new Invocation(handler, event, at);
    await settle();
    for (const result of results) {
      await invocation.proceed(result);
    }
    return new Course(invocation, results);
  }

  private static count = 0;

  readonly number = Course.count++;
  readonly pending: Pending;
  /** The bodies that the handler sent so far. */
  readonly responses: readonly string[];
  private readonly continued = new Map<string, Course>();
  private isLive = true;

  private constructor(private readonly invocation: Invocation, private readonly results: readonly Result[]) {
    this.pending = invocation.pending;
    this.responses = [...invocation.responses];
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
      return Course.start(invocation.handler, invocation.event, invocation.start, [...results, result]);
    }
    this.isLive = false; // The invocation continues once; for another way, it is run again.
    await invocation.proceed(result);
    return new Course(invocation, [...results, result]);
  }
}

class Invocation {
  pending: Pending = { kind: 'nothing' };
  readonly responses: string[] = [];
  private now: number;
  private end?: (result: Result) => void;

  constructor(readonly handler: Respond, readonly event: CloudFormationCustomResourceEvent, readonly start: number) {
    this.now = start;
    void handler(event, LAMBDA_TIMEOUT, this.dependencies);
  }

  async proceed(result: Result): Promise<void> {
    this.now = result.at;
    this.pending = { kind: 'nothing' };
    this.end!(result);
    await settle();
  }

  private get dependencies(): Dependencies {
    return {
      clock: {
        now: () => this.now,
        // The explorer lets no time-out pass, so only the other timers matter.
        sleep: (ms, { ref } = { ref: true }) => ref ? this.waitFor({ kind: 'sleep', until: this.now + ms }) : new Promise<never>(() => {}),
      },
      iam: iamOf((action, request) => this.waitFor({ kind: 'call', action, request })),
      put: async (_, body) => {
        this.responses.push(body);
        return 200;
      },
      log: () => {},
    };
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
