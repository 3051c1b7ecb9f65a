import {
  CreateServiceLinkedRoleCommand,
  type CreateServiceLinkedRoleRequest,
  type CreateServiceLinkedRoleResponse,
  DeleteServiceLinkedRoleCommand,
  type DeleteServiceLinkedRoleRequest,
  type DeleteServiceLinkedRoleResponse,
  GetRoleCommand,
  type GetRoleRequest,
  type GetRoleResponse,
  GetServiceLinkedRoleDeletionStatusCommand,
  type GetServiceLinkedRoleDeletionStatusRequest,
  type GetServiceLinkedRoleDeletionStatusResponse,
  type IAMClient,
  UpdateRoleDescriptionCommand,
  type UpdateRoleDescriptionRequest,
  type UpdateRoleDescriptionResponse,
} from '@aws-sdk/client-iam';

/** Every call that the handler makes: what goes in, what comes out. */
interface Calls {
  readonly GetRole: [GetRoleRequest, GetRoleResponse];
  readonly CreateServiceLinkedRole: [CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse];
  readonly UpdateRoleDescription: [UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse];
  readonly DeleteServiceLinkedRole: [DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse];
  readonly GetServiceLinkedRoleDeletionStatus: [GetServiceLinkedRoleDeletionStatusRequest, GetServiceLinkedRoleDeletionStatusResponse];
}
export type Action = keyof Calls;

/** IAM, called by the name of an action; fails with the SDK's errors. */
export type Iam = <A extends Action>(action: A, request: Calls[A][0]) => Promise<Calls[A][1]>;

const COMMANDS = {
  GetRole: GetRoleCommand,
  CreateServiceLinkedRole: CreateServiceLinkedRoleCommand,
  UpdateRoleDescription: UpdateRoleDescriptionCommand,
  DeleteServiceLinkedRole: DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatus: GetServiceLinkedRoleDeletionStatusCommand,
};

/** The real IAM; `abortSignal` ends the calls under way. */
export function connect(client: IAMClient, abortSignal: AbortSignal): Iam {
  return (action, request) => {
    // The table pairs each action with its command, which TypeScript cannot follow through an index.
    const Command = COMMANDS[action] as unknown as new (input: object) => GetRoleCommand;
    return client.send(new Command(request), { abortSignal }) as Promise<never>;
  };
}
