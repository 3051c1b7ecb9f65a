import {
  type CreateServiceLinkedRoleRequest, type CreateServiceLinkedRoleResponse,
  type DeleteServiceLinkedRoleRequest, type DeleteServiceLinkedRoleResponse,
  type GetRoleRequest, type GetRoleResponse, type GetServiceLinkedRoleDeletionStatusRequest, type GetServiceLinkedRoleDeletionStatusResponse,
  IAM, type UpdateRoleDescriptionRequest, type UpdateRoleDescriptionResponse,
} from '@aws-sdk/client-iam';

/** The IAM calls that the handler makes, as in the SDK. */
export interface Iam {
  getRole(request: GetRoleRequest, options: CallOptions): Promise<GetRoleResponse>;
  createServiceLinkedRole(request: CreateServiceLinkedRoleRequest, options: CallOptions): Promise<CreateServiceLinkedRoleResponse>;
  updateRoleDescription(request: UpdateRoleDescriptionRequest, options: CallOptions): Promise<UpdateRoleDescriptionResponse>;
  deleteServiceLinkedRole(request: DeleteServiceLinkedRoleRequest, options: CallOptions): Promise<DeleteServiceLinkedRoleResponse>;
  getServiceLinkedRoleDeletionStatus(
    request: GetServiceLinkedRoleDeletionStatusRequest, options: CallOptions,
  ): Promise<GetServiceLinkedRoleDeletionStatusResponse>;
}

export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/** For each attempt, in milliseconds. */
export const REQUEST_TIMEOUT = 10_000;

/** One attempt per call, because `withRetries` repeats calls. A request that timed out must not reach IAM later. */
export const iamClient: Iam = new IAM({ maxAttempts: 1, requestHandler: { requestTimeout: REQUEST_TIMEOUT, throwOnRequestTimeout: true } });

/** A call that failed, and was retried if its error allowed that. */
export class IamError extends Error {
  constructor(action: string, error: Error) {
    super(`iam:${action[0].toUpperCase()}${action.slice(1)} failed: ${describeError(error)}`, { cause: error });
    this.name = error.name;
  }
}

/** Makes the response empty if IAM does not find what was requested. */
export function ignoreNotFound(error: unknown): Record<string, undefined> {
  if (hasCode(error, 'NoSuchEntity')) {
    return {};
  }
  throw error;
}

/** Whether IAM returned the error code. The SDK appends "Exception" to some of them. */
export function hasCode(error: unknown, code: string): error is IamError {
  return error instanceof IamError && [code, `${code}Exception`].includes(error.name);
}

/** Several failed connections are one error without a message, so its code replaces it. */
function describeError({ name, message, code }: NodeJS.ErrnoException): string {
  return name === 'TimeoutError' ? `${name}: no response for ${REQUEST_TIMEOUT / 1_000} s` : `${name}: ${message || code || 'no message'}`;
}
