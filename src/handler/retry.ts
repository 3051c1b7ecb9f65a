import { type Clock, withTimeout } from './clock';
import { type Iam, IamError } from './iam';

// All in milliseconds.
const REQUEST_TIMEOUT = 10_000;
/** A new policy takes seconds to reach all of IAM. Until then, access denied is not final. */
const ACCESS_DENIED_BUDGET = 30_000;
/** For throttling, server errors, and requests without a response. */
const FAULT_BUDGET = 120_000;
const FIRST_PAUSE = 1_000;
const MAX_PAUSE = 8_000;

/**
 * The calls of `Iam`, each with time-outs and retries. They throw an `IamError`.
 *
 * `mayRetry` is called before each retry, because a call without a response can have changed the role. If it refuses, the response is empty.
 */
export type RetryingIam = {
  readonly [Call in keyof Iam]: (
    request: Parameters<Iam[Call]>[0], mayRetry?: () => Promise<boolean>,
  ) => Promise<Partial<Awaited<ReturnType<Iam[Call]>>>>;
};

/** After the signal is aborted, no call starts. */
export function withRetries(iam: Iam, clock: Clock, abortSignal: AbortSignal, log: (line: string) => void): RetryingIam {
  const options = { abortSignal };

  async function retry<T extends object>(action: string, call: () => Promise<T>, mayRetry = async () => true): Promise<Partial<T>> {
    const start = clock.now();
    let pause = FIRST_PAUSE;
    do {
      abortSignal.throwIfAborted();
      try {
        return await withTimeout(clock, REQUEST_TIMEOUT, call(), () => `no response for ${REQUEST_TIMEOUT / 1_000} s`);
      } catch (thrown) {
        abortSignal.throwIfAborted();
        const error = new IamError(action, thrown as Error);
        const remaining = start + retryBudget(thrown as SdkError) - clock.now();
        if (remaining <= 0) {
          throw error;
        }
        log(`${error.message}; retrying`);
        await clock.sleep(Math.min(pause, remaining));
        pause = Math.min(2 * pause, MAX_PAUSE);
      }
    } while (await mayRetry());
    return {};
  }

  return {
    getRole: (request) => retry('GetRole', () => iam.getRole(request, options)),
    createServiceLinkedRole: (request) => retry('CreateServiceLinkedRole', () => iam.createServiceLinkedRole(request, options)),
    updateRoleDescription: (request, mayRetry) => retry('UpdateRoleDescription', () => iam.updateRoleDescription(request, options), mayRetry),
    deleteServiceLinkedRole: (request, mayRetry) => retry('DeleteServiceLinkedRole', () => iam.deleteServiceLinkedRole(request, options), mayRetry),
    getServiceLinkedRoleDeletionStatus: (request) =>
      retry('GetServiceLinkedRoleDeletionStatus', () => iam.getServiceLinkedRoleDeletionStatus(request, options)),
  };
}

/** The SDK's ServiceException. An error of the network has no status. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function retryBudget({ name, $metadata }: SdkError): number {
  const status = $metadata?.httpStatusCode ?? 500;
  if (status === 403) {
    return ACCESS_DENIED_BUDGET;
  }
  const isFault = status < 400 || status >= 500;
  const isThrottling = /Throttl|TooMany|Concurrent/.test(name);
  return isFault || isThrottling ? FAULT_BUDGET : 0;
}
