import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IAM, IAMClient } from '@aws-sdk/client-iam';
import { hasCode, iamClient, IamError } from '../../src/handler/iam';
import type { Action } from '../model/iam/iam-model';

test.each<[Action, object]>([
  ['getRole', { RoleName: 'Role' }],
  ['createServiceLinkedRole', { AWSServiceName: 'elasticache.amazonaws.com' }],
  ['updateRoleDescription', { RoleName: 'Role', Description: 'ours' }],
  ['deleteServiceLinkedRole', { RoleName: 'Role' }],
  ['getServiceLinkedRoleDeletionStatus', { DeletionTaskId: 'task/1' }],
])('%s sends the command of that name, and can be aborted', async (action, request) => {
  const send = jest.spyOn(IAMClient.prototype, 'send').mockResolvedValue({ response: action } as never);
  const { signal: abortSignal } = new AbortController();
  await expect(iamClient[action](request as never, { abortSignal })).resolves.toEqual({ response: action });
  expect(send).toHaveBeenCalledTimes(1);
  const [command, options] = send.mock.calls[0];
  expect(command.constructor.name.toLowerCase()).toBe(`${action}command`.toLowerCase());
  expect(command.input).toEqual(request);
  expect(options).toEqual({ abortSignal });
  send.mockRestore();
});

test.each([
  [new IamError('GetRole', Object.assign(new Error(), { name: 'NoSuchEntityException' })), true],
  [new IamError('GetRole', Object.assign(new Error(), { name: 'NoSuchEntity' })), true],
  [new IamError('GetRole', Object.assign(new Error('NoSuchEntity'), { name: 'AccessDenied' })), false],
  [Object.assign(new Error(), { name: 'NoSuchEntity' }), false],
  [undefined, false],
])('%p has the code NoSuchEntity: %p', (error, expected) => {
  expect(hasCode(error, 'NoSuchEntity')).toBe(expected);
});

test('an error of a call names the action, and keeps the original error as its cause', () => {
  const cause = new TypeError('no');
  expect(new IamError('GetRole', cause)).toMatchObject({ name: 'TypeError', message: 'iam:GetRole failed: TypeError: no', cause });
});

test('the SDK\'s own time-out is named as that of an attempt', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new IAM({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
  });

  const error = await client.getRole({ RoleName: 'Role' }).catch((thrown: Error) => new IamError('getRole', thrown));

  expect((error as IamError).message).toBe('iam:GetRole failed: TimeoutError: no response for 10 s');
  client.destroy();
  server.closeAllConnections();
  server.close();
});
