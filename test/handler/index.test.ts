import { once } from 'events';
import { createServer, type IncomingMessage, type Server } from 'http';
import type { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import { handler } from '../../src/handler';
import { putResponse } from '../../src/handler/put-response';
import { someEvent } from '../model/simulation';

let server: Server;
let origin: string;
let requests: { readonly request: IncomingMessage; readonly body: string }[];
let status: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ request, body });
      response.writeHead(status).end('the body of the storage\'s response');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
  status = 200;
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

test('put sends the whole body, with its length in bytes and without a content type', async () => {
  await expect(putResponse(`${origin}/response?Signature=s%2Fg`, '{"Reason":"é"}')).resolves.toBe(200);

  const [{ request, body }] = requests;
  expect(`${request.method} ${request.url}`).toBe('PUT /response?Signature=s%2Fg');
  expect(body).toBe('{"Reason":"é"}');
  expect(request.headers).toMatchObject({ 'content-length': '15' });
  expect(request.headers).not.toHaveProperty('content-type');
});

test.each([307, 403, 503])('put returns the status %d, and does not throw', async (refusal) => {
  status = refusal;
  await expect(putResponse(origin, '{}')).resolves.toBe(refusal);
});

test('put uses TLS for a URL with https', async () => {
  await expect(putResponse(origin.replace('http', 'https'), '{}')).rejects.toThrow(/SSL|EPROTO/);
  expect(requests).toEqual([]);
});

test.each([
  ['a port without a server', 'http://127.0.0.1:1/?Signature=s', 'ECONNREFUSED'],
  ['an invalid URL', 'httpx', 'ERR_INVALID_URL'],
])('put rejects %s, with a code', async (_, url, code) => {
  await expect(putResponse(url, '{}')).rejects.toMatchObject({ code });
});
