import { IAMClient } from '@aws-sdk/client-iam';
import { type Action, connect } from '../../src/handler/iam';

test.each<[Action, object]>([
  ['GetRole', { RoleName: 'Role' }],
  ['CreateServiceLinkedRole', { AWSServiceName: 'elasticache.amazonaws.com' }],
  ['UpdateRoleDescription', { RoleName: 'Role', Description: 'ours' }],
  ['DeleteServiceLinkedRole', { RoleName: 'Role' }],
  ['GetServiceLinkedRoleDeletionStatus', { DeletionTaskId: 'task/1' }],
])('%s sends the command of that name, and can be ended', async (action, request) => {
  const send = jest.spyOn(IAMClient.prototype, 'send').mockResolvedValue({ answer: action } as never);
  const { signal } = new AbortController();
  await expect(connect(signal)(action, request as never)).resolves.toEqual({ answer: action });
  expect(send).toHaveBeenCalledTimes(1);
  const [command, options] = send.mock.calls[0];
  expect(command.constructor.name).toBe(`${action}Command`);
  expect(command.input).toEqual(request);
  expect(options).toEqual({ abortSignal: signal });
});
