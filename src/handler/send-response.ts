import { withTimeout } from './clock';
import type { Dependencies } from './respond';

// All in milliseconds.
const PUT_TIMEOUT = 5_000;
const FIRST_PUT_PAUSE = 1_000;
const MAX_PUT_PAUSE = 32_000;
/** The function ends this long before Lambda ends it. */
const SPARE = 5_000;

/** Sends the response until CloudFormation accepts it. If it does not, the function fails, and Lambda invokes it again with the event. */
export async function sendResponse(url: string, response: string, deadline: number, dependencies: Dependencies): Promise<void> {
  const { clock, log, random } = dependencies;
  let maxPause = FIRST_PUT_PAUSE;
  while (!await isAccepted(url, response, dependencies)) {
    const pause = Math.round(maxPause * random());
    if (maxPause > MAX_PUT_PAUSE || clock.now() + pause + PUT_TIMEOUT > deadline - SPARE) {
      throw new Error('CloudFormation did not accept the response; Lambda will retry the event');
    }
    log(`sending the response again in ${pause / 1_000} s`);
    await clock.sleep(pause);
    maxPause *= 2;
  }
}

/** Sends the response once. */
async function isAccepted(url: string, response: string, { clock, put, log }: Dependencies): Promise<boolean> {
  try {
    const status = await withTimeout(clock, PUT_TIMEOUT, put(url, response), () => `no response for ${PUT_TIMEOUT / 1_000} s`);
    log(`responded ${response}: ${status}`);
    return status >= 200 && status < 300;
  } catch (error) {
    // Not its message, which can contain the signed URL.
    const { name, code } = error as NodeJS.ErrnoException;
    log(`could not send the response: ${code || name}`);
    return false;
  }
}
