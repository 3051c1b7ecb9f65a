import { once } from 'events';
import { createServer, type IncomingMessage } from 'http';
import type { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import { handler } from '../../src/handler';
import { putResponse } from '../../src/handler/put-response';
import { someEvent } from '../model/simulation';

let origin: string;
let requests: { readonly request: IncomingMessage; readonly body: string }[];

const server = createServer(async (request, response) => {
  requests.push({ request, body: await text(request) });
  response.writeHead(request.url === '/moved' ? 307 : 200, { location: '/' }).end('the body of the storage\'s response');
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('the handler responds to an event, and logs to the console', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation();
  const event = { ...someEvent('Delete'), ResponseURL: origin };
  await handler(event, { getRemainingTimeInMillis: () => 900_000 });
  expect(requests.map(({ body }) => JSON.parse(body))).toEqual([expect.objectContaining({ RequestId: event.RequestId, Status: 'SUCCESS' })]);
  expect(log).toHaveBeenCalledWith(expect.stringMatching(/^Delete event: /));
  log.mockRestore();
});

describe('put', () => {
  test('sends the whole body, with its length in bytes and without a content type', async () => {
    await expect(putResponse(`${origin}/response?Signature=s%2Fg`, '{"Reason":"é"}')).resolves.toBe(200);

    const [{ request, body }] = requests;
    expect(`${request.method} ${request.url}`).toBe('PUT /response?Signature=s%2Fg');
    expect(body).toBe('{"Reason":"é"}');
    expect(request.headers).toMatchObject({ 'content-length': '15' });
    expect(request.headers).not.toHaveProperty('content-type');
  });

  test('returns the status of a redirect, and does not follow it', async () => {
    await expect(putResponse(`${origin}/moved`, '{}')).resolves.toBe(307);
    expect(requests).toHaveLength(1);
  });

  test('uses TLS for a URL with https, and rejects what fails', async () => {
    await expect(putResponse(origin.replace('http', 'https'), '{}')).rejects.toThrow(/SSL|EPROTO/);
    expect(requests).toEqual([]);
  });
});
