import sdk = require('@aws-sdk/client-iam'); // the bundle of a namespace import would be larger

/** Every call that the handler makes: what goes in, what comes out. */
export interface Calls {
  readonly GetRole: [sdk.GetRoleRequest, sdk.GetRoleResponse];
  readonly CreateServiceLinkedRole: [sdk.CreateServiceLinkedRoleRequest, sdk.CreateServiceLinkedRoleResponse];
  readonly UpdateRoleDescription: [sdk.UpdateRoleDescriptionRequest, sdk.UpdateRoleDescriptionResponse];
  readonly DeleteServiceLinkedRole: [sdk.DeleteServiceLinkedRoleRequest, sdk.DeleteServiceLinkedRoleResponse];
  readonly GetServiceLinkedRoleDeletionStatus: [sdk.GetServiceLinkedRoleDeletionStatusRequest, sdk.GetServiceLinkedRoleDeletionStatusResponse];
}
export type Action = keyof Calls;

/** IAM, called by the name of an action; fails with the SDK's errors. */
export type Iam = <A extends Action>(action: A, request: Calls[A][0]) => Promise<Calls[A][1]>;

// One attempt: the retries are ours, which know the deadline. A request that was given up must not arrive later.
const client = new sdk.IAMClient({ maxAttempts: 1, requestHandler: { requestTimeout: 9500, throwOnRequestTimeout: true } });

/** The real IAM; `abortSignal` ends the calls under way. */
export function connect(abortSignal: AbortSignal): Iam {
  return (action, request) => {
    // Each action has a command of its name, which TypeScript cannot follow through an index.
    const Command = sdk[`${action}Command`] as unknown as new (input: object) => sdk.GetRoleCommand;
    return client.send(new Command(request), { abortSignal }) as Promise<never>;
  };
}
