import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DIRECTORY, inlineCodeOf, representsRole, synthesize } from './assemblies';
import { measure, PAIRS, rounds } from './processes';
import { atMost, medianOf, ms, ratio, type Section, spread, table } from './report';

const ROLE = `<Role><Path>/aws-service-role/elasticache.amazonaws.com/</Path><RoleName>AWSServiceRoleForElastiCache</RoleName><RoleId>AROAOLD</RoleId>
  <Arn>arn:aws:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role>`;
/** The least that a function could do with the SDK. */
const BARE = `const { GetRoleCommand, IAMClient } = require('@aws-sdk/client-iam');
const client = new IAMClient();
exports.handler = () => client.send(new GetRoleCommand({ RoleName: 'AWSServiceRoleForElastiCache' }));`;

type Start = Readonly<Record<'loadMs' | 'responseMs' | 'totalMs' | 'cpuMs', number>>;

/** IAM of an account with an old role, and the response URL, by TLS as on AWS. Responds at once, with a certificate that nobody checks. */
async function startServer(responses: string[]): Promise<Server> {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(DIRECTORY, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
    const body = await text(request);
    if (request.method === 'PUT') {
      responses.push(body);
    }
    response.end(body.includes('Action=GetRole') ? `<GetRoleResponse><GetRoleResult>${ROLE}</GetRoleResult></GetRoleResponse>` : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Writes the code of the functions into files. Returns the Create event that CloudFormation would send. */
function prepare(url: string): string {
  const assembly = synthesize('this-library');
  writeFileSync(join(DIRECTORY, 'bare.js'), BARE);
  writeFileSync(join(DIRECTORY, 'handler.js'), inlineCodeOf(assembly));
  const { Type: ResourceType, Properties } = assembly.resources.find(({ Type }) => representsRole(Type))!;
  return JSON.stringify({
    RequestType: 'Create',
    RequestId: 'request',
    ResponseURL: `${url}/response`,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Stack/id',
    LogicalResourceId: 'Role',
    ResourceType,
    ResourceProperties: { ...Properties, ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:handler' },
  });
}

export async function measureColdStart(): Promise<Section> {
  const responses: string[] = [];
  const server = await startServer(responses);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    NODE_PATH: join(__dirname, 'node_modules'), // where Lambda's runtime has the SDK
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  };
  const event = prepare(url);
  const runs = await rounds(PAIRS, ['bare', 'handler'], async (name) => {
    const start = await measure<Start>('cold-start', [join(DIRECTORY, `${name}.js`), event], env);
    const sent = responses.splice(0);
    assert.ok(name === 'bare' || sent.length === 1 && sent[0].includes('"Status":"SUCCESS"'), `it responded ${sent.join(', ')}`);
    return start;
  });
  server.close();
  server.closeAllConnections();

  const ratios = (figure: keyof Start) => runs.map(({ bare, handler }) => handler[figure] / bare[figure]);
  const row = (title: string, figure: keyof Start) =>
    [title, ...(['bare', 'handler'] as const).map((name) => medianOf(ms, runs.map((run) => run[name][figure]))), spread(ratio, ratios(figure))];
  return {
    runs: `${PAIRS} pairs`,
    targets: [
      atMost(1.1, 'takes at most 1.10 times as long as the bare script', ratio, ratios('totalMs')),
      atMost(1.05, 'at most 1.05 times', ratio, ratios('totalMs'), true),
    ],
    figures: table(['', 'bare script', 'this library', 'times as long'], [
      row('load', 'loadMs'), row('event to response', 'responseMs'), row('**together**', 'totalMs'), row('CPU of the process', 'cpuMs'),
    ]),
  };
}
