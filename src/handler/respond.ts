import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Clock, withTimeout } from './clock';
import { deleteRole } from './delete-role';
import { type EnsuredRole, ensureRole } from './ensure-role';
import { failureReason, failureResponse } from './failure';
import type { Iam, IamError } from './iam';
import { NOT_CREATED } from './physical-resource-id';
import type { RequestContext } from './request-context';
import { withRetries } from './retry';
import { sendResponse } from './send-response';
import { shown } from './shown';
import type { ReceivedProperties } from '../private/custom-resource-contract';

/** The handler responds this long before Lambda ends the function: time to send the response twice, and 5 s to spare. */
const RESPONSE_RESERVE = 20_000; // ms

/** What the handler depends on. */
export interface Dependencies {
  readonly clock: Clock;
  readonly iam: Iam;
  /** Sends the response. Returns the HTTP status. */
  put(url: string, body: string): Promise<number>;
  log(line: string): void;
  /** A number from 0 to 1: how much of a pause to wait before a retry. */
  random(): number;
}

/** Responds to the event exactly once, before Lambda ends the function in `remainingTime` milliseconds. */
export async function respond(event: CloudFormationCustomResourceEvent, remainingTime: number, dependencies: Dependencies): Promise<void> {
  const deadline = dependencies.clock.now() + remainingTime;
  const response = await handleInTime(event, remainingTime - RESPONSE_RESERVE, dependencies);
  await sendResponse(event.ResponseURL, response, deadline, dependencies);
}

/** Handles the event, and returns the response as JSON: after `timeLimit` milliseconds at the latest, and then as a failure. */
async function handleInTime(event: CloudFormationCustomResourceEvent, timeLimit: number, dependencies: Dependencies): Promise<string> {
  const { clock, log } = dependencies;
  let lastStep = '';
  let pendingError: IamError | undefined; // of the call that is being retried
  const logStep = (step: string) => {
    lastStep = step;
    log(step);
  };
  const abort = new AbortController();
  const callIam = withRetries(dependencies, abort.signal, (error) => { pendingError = error; });

  const physicalResourceId = physicalResourceIdOf(event);
  const { StackId, RequestId, LogicalResourceId } = event;
  const response = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalResourceId ?? NOT_CREATED };

  // Without the URL, which is signed: everyone who has it can respond in place of this function.
  logStep(`${event.RequestType} event: ${JSON.stringify({ ...event, ResponseURL: undefined })}`);
  try {
    const handling = handleEvent(event, { physicalResourceId, callIam, clock, log: logStep });
    const role = await withTimeout(clock, timeLimit, handling, () => outOfTime(lastStep, pendingError));
    return JSON.stringify({ ...response, Status: 'SUCCESS', ...role && { PhysicalResourceId: role.physicalResourceId, Data: role.attributes } });
  } catch (error) {
    log(failureReason(error));
    return failureResponse(response, error);
  } finally {
    abort.abort(); // From now on, nothing calls IAM.
  }
}

function outOfTime(lastStep: string, pendingError?: Error): string {
  // The error first: a long reason is cut.
  const error = pendingError ? `Its last error: ${pendingError.message}. ` : '';
  return `the function ran out of time. Try again. ${error}Its last step: ${lastStep}`;
}

/** One call for each type of request. Returns the role after a Create or an Update. */
async function handleEvent(event: CloudFormationCustomResourceEvent, context: RequestContext): Promise<EnsuredRole | void> {
  const properties = { ...event.ResourceProperties } as ReceivedProperties;
  switch (event.RequestType) {
    case 'Create':
      return ensureRole(context, properties);
    case 'Update':
      if (context.physicalResourceId === undefined) {
        throw new Error(`PhysicalResourceId is ${shown(event.PhysicalResourceId)}, so the resource to update is unknown. Deploy again.`);
      }
      return ensureRole(context, properties);
    case 'Delete':
      return deleteRole(context, properties);
    default:
      throw new Error(`RequestType is ${shown((event as { readonly RequestType: unknown }).RequestType)}, which this function does not know. `
        + 'Deploy a newer version of cdk-elasticache-service-linked-role.');
  }
}

/** Of the existing resource: a Create event has none. */
function physicalResourceIdOf(event: CloudFormationCustomResourceEvent): string | undefined {
  const id: unknown = event.RequestType === 'Create' ? undefined : event.PhysicalResourceId;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
