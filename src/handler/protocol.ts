import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Clock, within } from './clock';
import { deleteRole, ensureRole, NOT_CREATED, type World } from './decisions';
import type { Iam } from './iam';
import { retrying } from './retry';
import type { RoleAttributes, RoleProperties } from '../contract';

const SECOND = 1000;
const MAX_ANSWER_BYTES = 4096;
/** The decision ends that long before Lambda does: time for two tries to answer, and 5 s to spare. */
const ANSWER_RESERVE = 20 * SECOND;
const SPARE = 5 * SECOND;
const PUT_TIMEOUT = 5 * SECOND;
const MAX_PUT_PAUSE = 32 * SECOND;

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
    iam: retrying(outside.iam(over.signal), clock, over.signal, log),
    physicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : NOT_CREATED,
  };
  log(`${event.RequestType} ${world.physicalResourceId} of ${event.StackId}, request ${event.RequestId}`);

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
  const { physicalResourceId: PhysicalResourceId } = world;
  const answer = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  const body = failure ? fit({ ...answer, Status: 'FAILED' }, failure) : JSON.stringify({ ...answer, Status: 'SUCCESS', Data });
  for (let pause = SECOND; ; pause *= 2) {
    // Some errors quote the URL, which is signed: only their name may be logged.
    const status = await within(clock, PUT_TIMEOUT, outside.put(event.ResponseURL, body), String).catch(({ name }: Error) => name);
    log(`answered ${body}: ${status}`);
    if (Number(status) < 300) {
      return;
    }
    if (pause > MAX_PUT_PAUSE || clock.now() + pause + PUT_TIMEOUT > deadline - SPARE) {
      throw new Error('CloudFormation did not take the answer: Lambda delivers the event again');
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
