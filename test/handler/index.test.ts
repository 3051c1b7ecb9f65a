import { once } from 'events';
import { createServer, type IncomingMessage, type Server } from 'http';
import type { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import { someEvent } from './simulation';
import entry from '../../src/handler';

const ROLE = `<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>
  <Path>/aws-service-role/elasticache.amazonaws.com/</Path><RoleName>AWSServiceRoleForElastiCache</RoleName><RoleId>AROAOLD</RoleId>
  <Arn>arn:aws:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache</Arn>
  <CreateDate>2020-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>`;

let server: Server;
let requests: { readonly request: IncomingMessage; readonly body: string }[];

// One server for IAM and for the answer: the SDK and the PUT are real, only the addresses are not.
beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ request, body });
      response.end(request.method === 'PUT' ? '' : ROLE);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(() => {
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('the handler asks IAM once, and puts the answer without a content type', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ENDPOINT_URL_IAM: url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' });
  const log = jest.spyOn(console, 'log').mockImplementation();

  await entry.handler({ ...someEvent('Create'), ResponseURL: `${url}/answer?Signature=SECRET` }, { getRemainingTimeInMillis: () => 900_000 });

  expect(requests.map(({ request }) => `${request.method} ${request.url}`)).toEqual(['POST /', 'PUT /answer?Signature=SECRET']);
  expect(requests[0].body).toContain('Action=GetRole');
  expect(requests[1].request.headers).not.toHaveProperty('content-type');
  expect(Number(requests[1].request.headers['content-length'])).toBe(Buffer.byteLength(requests[1].body));
  expect(JSON.parse(requests[1].body)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'AWSServiceRoleForElastiCache', Data: { RoleId: 'AROAOLD' } });
  expect(JSON.stringify(log.mock.calls)).not.toContain('SECRET');
});
