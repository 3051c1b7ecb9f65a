import { type Clock, withTimeout } from './clock';
import { type Iam, IamError, REQUEST_TIMEOUT } from './iam';

// All in milliseconds.
/** How long a call is repeated. A new policy takes seconds to reach all of IAM; until then, access denied is not final. */
const ACCESS_DENIED_BUDGET = 30_000;
/** The same for throttling, server errors, and requests without a response. */
const FAULT_BUDGET = 120_000;
/** The pauses double up to a maximum. A random part of each is waited, so that the functions of a deployment do not repeat their calls together. */
const FIRST_PAUSE = 1_000;
const MAX_PAUSE = 8_000;

/** Calls IAM, with time-outs and retries. Throws an `IamError`. */
export type CallIam = <A extends keyof Iam>(
  action: A, request: Parameters<Iam[A]>[0], mayRetry?: () => Promise<boolean>,
) => Promise<Partial<Awaited<ReturnType<Iam[A]>>>>;

interface RetryDependencies {
  readonly iam: Iam;
  readonly clock: Clock;
  log(line: string): void;
  random(): number;
}

/**
 * After the signal is aborted, no call starts. `setError` gets the error of a call that is being retried, and undefined once it succeeds.
 * `mayRetry` is called before each retry: a call without a response can have changed the role. If it refuses, the response is empty.
 */
export function withRetries(
  { iam, clock, log, random }: RetryDependencies, abortSignal: AbortSignal, setError: (error?: IamError) => void,
): CallIam {
  return async (action, request, mayRetry = async () => true) => {
    const start = clock.now();
    let maxPause = FIRST_PAUSE;
    let error: IamError | undefined;
    do {
      abortSignal.throwIfAborted();
      try {
        const call: Promise<object> = iam[action](request as never, { abortSignal });
        const response = await withTimeout(clock, REQUEST_TIMEOUT, call, () => 'no response');
        if (error) {
          setError(undefined);
        }
        return response as never;
      } catch (thrown) {
        abortSignal.throwIfAborted();
        error = new IamError(action, thrown as Error);
        setError(error);
        const remaining = start + retryBudget(thrown as SdkError) - clock.now();
        if (remaining <= 0) {
          throw error;
        }
        log(`${error.message}; retrying`);
        await clock.sleep(Math.min(maxPause * random(), remaining));
        maxPause = Math.min(2 * maxPause, MAX_PAUSE);
      }
    } while (await mayRetry());
    return {};
  };
}

/** The SDK's ServiceException, or a network error. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** For how long a call with this error is repeated, in milliseconds. A network error has no status. */
function retryBudget({ name, $metadata }: SdkError): number {
  const status = $metadata?.httpStatusCode ?? 500;
  if (status === 403) {
    return ACCESS_DENIED_BUDGET;
  }
  const isFault = status < 400 || status >= 500;
  const isThrottling = /Throttl|TooMany|Concurrent/.test(name);
  return isFault || isThrottling ? FAULT_BUDGET : 0;
}
