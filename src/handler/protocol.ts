import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Clock, within } from './clock';
import { deleteRole, ensureRole, NOT_CREATED, type World } from './decisions';
import type { Iam } from './iam';
import { retrying } from './retry';
import type { RoleAttributes, RoleProperties } from '../contract';

const MAX_ANSWER_BYTES = 4096;
// All in milliseconds.
/** The decision ends that long before Lambda does: time for two tries to answer, and 5 s to spare. */
const ANSWER_RESERVE = 20_000;
const SPARE = 5_000;
const PUT_TIMEOUT = 5_000;
const MAX_PUT_PAUSE = 32_000;

/** What the handler needs of the outside. */
export interface Outside {
  readonly clock: Clock;
  iam(signal: AbortSignal): Iam;
  /** Sends the answer; gives the HTTP status. */
  put(url: string, body: string): Promise<number>;
  log(line: string): void;
}

/** One event, one answer, in time whatever hangs. */
export async function handle(event: CloudFormationCustomResourceEvent, remainingTime: number, outside: Outside): Promise<void> {
  const { clock } = outside;
  const deadline = clock.now() + remainingTime;
  const over = new AbortController();
  let step = '';
  const log = (line: string) => outside.log(step = line);
  const world: World = {
    clock,
    log,
    iam: retrying(outside.iam(over.signal), clock, over.signal, outside.log),
    id: 'PhysicalResourceId' in event ? event.PhysicalResourceId : NOT_CREATED,
  };
  log(`${event.RequestType} ${world.id} of ${event.StackId}, request ${event.RequestId}`);

  let Data: RoleAttributes | void = undefined;
  let failure: Failure | undefined;
  try {
    Data = await within(clock, remainingTime - ANSWER_RESERVE, decide(event, world), () => `out of time; last step: ${step}`);
  } catch (error) {
    failure = error as Failure;
    log(`${failure.message} ${failure.resources ?? ''}`);
  }
  over.abort();

  const { StackId, RequestId, LogicalResourceId } = event;
  const answer = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: world.id };
  const body = failure ? fit({ ...answer, Status: 'FAILED' }, failure) : JSON.stringify({ ...answer, Status: 'SUCCESS', Data });
  for (let pause = 1_000; ; pause *= 2) {
    // Some errors quote the URL, which is signed: only their name and code may be logged.
    const status = await within(clock, PUT_TIMEOUT, outside.put(event.ResponseURL, body), String).catch(({ name, code }: NodeJS.ErrnoException) => [name, code].join(' '));
    log(`answered ${body}: ${status}`);
    if (Number(status) < 300) {
      return;
    }
    if (pause > MAX_PUT_PAUSE || clock.now() + pause + PUT_TIMEOUT > deadline - SPARE) {
      throw new Error('the answer was not taken: Lambda delivers the event again');
    }
    await clock.sleep(pause);
  }
}

/** An error that may list what caused it. */
interface Failure extends Error {
  readonly resources?: string[];
}

function decide(event: CloudFormationCustomResourceEvent, world: World): Promise<RoleAttributes | void> {
  const properties = event.ResourceProperties as unknown as RoleProperties;
  switch (event.RequestType) {
    case 'Create':
    case 'Update':
      return ensureRole(world, properties);
    case 'Delete':
      return deleteRole(world, properties);
  }
}

/** As many of the resources as CloudFormation takes, then the count of the others; if none fits, as much of the message. */
function fit(answer: object, { message, resources = [] }: Failure): string {
  let length = Math.min(message.length, MAX_ANSWER_BYTES);
  let shown = Math.min(resources.length, MAX_ANSWER_BYTES / 32);
  for (;;) {
    const left = resources.length - shown;
    const list = [...resources.slice(0, shown), ...left ? [`${left} more`] : []].join(', ');
    const Reason = message.slice(0, length) + (list && `. In use by: ${list}`);
    const body = JSON.stringify({ ...answer, Reason });
    if (Buffer.byteLength(body) <= MAX_ANSWER_BYTES) {
      return body;
    }
    if (shown) {
      shown--;
    } else {
      length--;
    }
  }
}
