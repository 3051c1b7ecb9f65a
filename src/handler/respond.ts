import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Clock, withTimeout } from './clock';
import { deleteRole, DeletionFailedError } from './delete-role';
import { type EnsuredRole, ensureRole } from './ensure-role';
import type { Iam } from './iam';
import { NOT_CREATED } from './physical-resource-id';
import type { RequestContext } from './request-context';
import { withRetries } from './retry';
import type { RoleProperties } from '../private/custom-resource-contract';

const MAX_RESPONSE_BYTES = 4096;
// All in milliseconds.
/** The handler responds this long before Lambda ends it: time for two attempts, and 5 s to spare. */
const RESPONSE_RESERVE = 20_000;
const SPARE = 5_000;
const PUT_TIMEOUT = 5_000;
const FIRST_PUT_PAUSE = 1_000;
const MAX_PUT_PAUSE = 32_000;

/** What the handler depends on. */
export interface Dependencies {
  readonly clock: Clock;
  readonly iam: Iam;
  /** Sends the response. Returns the HTTP status. */
  put(url: string, body: string): Promise<number>;
  log(line: string): void;
}

/** Responds to the event exactly once, before Lambda ends the function. */
export async function respond(event: CloudFormationCustomResourceEvent, remainingTime: number, dependencies: Dependencies): Promise<void> {
  const deadline = dependencies.clock.now() + remainingTime;
  const body = await handleInTime(event, remainingTime - RESPONSE_RESERVE, dependencies);
  await send(event.ResponseURL, body, deadline, dependencies);
}

/** Handles the request. Returns the body of the response, after `timeout` at the latest. */
async function handleInTime(event: CloudFormationCustomResourceEvent, timeout: number, dependencies: Dependencies): Promise<string> {
  const { clock } = dependencies;
  const abort = new AbortController();
  let lastLogLine = '';
  const log = (line: string) => { dependencies.log(lastLogLine = line); };
  const physicalResourceId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  const iam = withRetries(dependencies.iam, clock, abort.signal, dependencies.log);

  const { StackId, RequestId, LogicalResourceId } = event;
  log(`${event.RequestType} event for ${LogicalResourceId} (${physicalResourceId ?? 'new'}) in ${StackId}, request ${RequestId}`);
  const response = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalResourceId ?? NOT_CREATED };
  try {
    const handling = handleRequest(event, { physicalResourceId, iam, clock, log });
    const role = await withTimeout(clock, timeout, handling, () => `the function ran out of time. Try again. Its last log line: ${lastLogLine}`);
    return JSON.stringify({ ...response, Status: 'SUCCESS', ...role && { PhysicalResourceId: role.physicalResourceId, Data: role.attributes } });
  } catch (error) {
    log(reasonOf(error));
    return failureWithinLimit({ ...response, Status: 'FAILED' }, error);
  } finally {
    abort.abort();
  }
}

async function handleRequest(event: CloudFormationCustomResourceEvent, context: RequestContext): Promise<EnsuredRole | void> {
  const properties = event.ResourceProperties as unknown as RoleProperties;
  switch (event.RequestType) {
    case 'Create':
    case 'Update':
      return ensureRole(context, properties);
    case 'Delete':
      return deleteRole(context, properties);
  }
}

/** The one place where an error becomes a reason, with at most this many characters of its message and resources of its list. */
function reasonOf(error: unknown, maxLength = Infinity, maxResources = Infinity): string {
  const { message } = error as Error;
  const resources = usersOf(error);
  const listed = resources.slice(0, maxResources);
  const omitted = resources.length - listed.length;
  const list = [...listed, ...omitted ? [`${omitted} more`] : []].join(', ');
  return `${[...message].slice(0, maxLength).join('')}${list && ` In use by: ${list}`}`.replace(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}

/** As much of the message as fits into the limit, then as many resources. */
function failureWithinLimit(response: object, error: unknown): string {
  const bodyWith = (length: number, resources: number) => JSON.stringify({ ...response, Reason: reasonOf(error, length, resources) });
  const fits = (length: number, resources: number) => Buffer.byteLength(bodyWith(length, resources)) <= MAX_RESPONSE_BYTES;
  const maxLength = largest(MAX_RESPONSE_BYTES, (length) => fits(length, 0));
  const maxResources = largest(usersOf(error).length, (resources) => fits(maxLength, resources));
  return bodyWith(maxLength, maxResources);
}

/** The largest number up to the limit that fits. A binary search, because a function with little memory is slow. */
function largest(limit: number, fits: (candidate: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    [low, high] = fits(middle) ? [middle, high] : [low, middle - 1];
  }
  return low;
}

/** Why IAM did not delete the role. */
function usersOf(error: unknown): readonly string[] {
  return error instanceof DeletionFailedError ? error.users : [];
}

async function send(url: string, body: string, deadline: number, dependencies: Dependencies): Promise<void> {
  const { clock, log } = dependencies;
  let pause = FIRST_PUT_PAUSE;
  while (!await isAccepted(url, body, dependencies)) {
    if (pause > MAX_PUT_PAUSE || clock.now() + pause + PUT_TIMEOUT > deadline - SPARE) {
      throw new Error('CloudFormation did not accept the response; Lambda will retry the event');
    }
    log(`sending the response again in ${pause / 1_000} s`);
    await clock.sleep(pause);
    pause *= 2;
  }
}

/** Sends the response once. */
async function isAccepted(url: string, body: string, { clock, put, log }: Dependencies): Promise<boolean> {
  try {
    const status = await withTimeout(clock, PUT_TIMEOUT, put(url, body), () => `no response for ${PUT_TIMEOUT / 1_000} s`);
    log(`responded ${body}: ${status}`);
    return status >= 200 && status < 300;
  } catch (error) {
    // Its message can contain the URL, which is signed.
    const { name, code = '' } = error as NodeJS.ErrnoException;
    log(`responded ${body}: ${name} ${code}`);
    return false;
  }
}
