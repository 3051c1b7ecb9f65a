import { DeletionFailedError } from './delete-role';

/** CloudFormation rejects a longer response. */
const MAX_RESPONSE_BYTES = 4_096;

/** Line feeds and the like, each of which becomes a space. */
const CONTROL_CHARACTERS = /[\u0000-\u001F\u007F-\u009F]/g;

/** The response as JSON, with as much of the reason as fits into it. */
export function failureResponse(response: object, error: unknown): string {
  const responseWith = (size: number) => JSON.stringify({ ...response, Status: 'FAILED', Reason: failureReason(error, size) });

  // The largest size that fits. A binary search, because a function with little memory is slow.
  let fitting = 0;
  let tooLarge = MAX_RESPONSE_BYTES + 1;
  while (tooLarge - fitting > 1) {
    const size = Math.floor((fitting + tooLarge) / 2);
    if (Buffer.byteLength(responseWith(size)) <= MAX_RESPONSE_BYTES) {
      fitting = size;
    } else {
      tooLarge = size;
    }
  }
  return responseWith(fitting);
}

/** Why the request failed: as many characters of the message, and then as many of the resources that use the role, as `size` allows. */
export function failureReason(error: unknown, size = Infinity): string {
  const message = [...(error as Error).message]; // by character, so that none is cut in half
  const users = error instanceof DeletionFailedError ? error.users : [];
  const listed = users.slice(0, Math.max(size - message.length, 0));
  const omitted = users.length - listed.length;
  const list = omitted > 0 ? [...listed, `${omitted} more`] : listed;
  const reason = message.slice(0, size).join('') + (list.length > 0 ? ` In use by: ${list.join(', ')}` : '');
  return reason.replace(CONTROL_CHARACTERS, ' ');
}
