import { type Clock, within } from './clock';
import type { Action, Calls, Iam } from './iam';

// All in milliseconds.
/** One request to IAM. */
const REQUEST_TIMEOUT = 10_000;
/** IAM takes seconds to show a new policy or role everywhere: that long its no is doubted. */
const CONSISTENCY_PATIENCE = 30_000;
/** Throttling, server errors, and answers that never came. */
const FAULT_PATIENCE = 120_000;
const MAX_PAUSE = 8_000;

/** IAM that retries; `assertStill` runs before each try but the first, and ends them with an error of its own. */
export type PatientIam = <A extends Action>(action: A, request: Calls[A][0], assertStill?: () => Promise<void>) => Promise<Calls[A][1]>;

/** The same calls with time-outs and retries. Their errors name the action; once `signal` is aborted they start nothing. */
export function retrying(iam: Iam, clock: Clock, signal: AbortSignal, log: (line: string) => void): PatientIam {
  return async (action, request, assertStill) => {
    const started = clock.now();
    for (let pause = 1_000; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
      signal.throwIfAborted();
      try {
        return await within(clock, REQUEST_TIMEOUT, iam(action, request), () => `no answer for ${REQUEST_TIMEOUT / 1_000} s`);
      } catch (thrown) {
        const error = thrown as SdkError;
        error.message = `iam:${action} failed: ${error.name}: ${error.message}`;
        const left = started + patience(action, error) - clock.now();
        if (left <= 0) {
          throw error;
        }
        log(`${error.message}; trying again`);
        await clock.sleep(Math.min(pause, left));
      }
      await assertStill?.();
    }
  };
}

/** The SDK's ServiceException; what the network throws has no status. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function patience(action: Action, { name, $metadata }: SdkError): number {
  const status = $metadata?.httpStatusCode ?? 500;
  // Only a role that was just read gets a description: what is missing is not visible everywhere yet.
  if (status === 403 || (status === 404 && action === 'UpdateRoleDescription')) {
    return CONSISTENCY_PATIENCE;
  }
  return status < 400 || status >= 500 || /Throttl|TooMany|Concurrent/.test(name) ? FAULT_PATIENCE : 0;
}
