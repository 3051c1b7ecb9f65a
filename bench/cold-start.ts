import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type FunctionCode, functionsOf, synthesize, templateOf, temporaryDirectory, TYPE_OF_ROLE } from './assemblies';
import { measure, median, medians, ofEach } from './processes';
import type { Candidate, ColdStart, Results } from './results';

const RUNS = 25;
const WITH_FUNCTIONS = ['this-library', 'upsert-slr', 'aws-custom-resource', 'provider-framework'] as const satisfies readonly Candidate[];
/** Those whose answer CDK's own handlers send. */
const CDKS_OWN: readonly Candidate[] = ['aws-custom-resource', 'provider-framework'];
const NODE_MODULES = join(__dirname, 'node_modules');

const ROLE = `<Role><Path>/aws-service-role/elasticache.amazonaws.com/</Path><RoleName>AWSServiceRoleForElastiCache</RoleName><RoleId>AROAOLD</RoleId>
  <Arn>arn:aws:iam::123456789012:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role>`;
const TAKEN = `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidInput</Code>
  <Message>Service role name AWSServiceRoleForElastiCache has been taken in this account, please try a different suffix.</Message></Error></ErrorResponse>`;

/** A key and a certificate that nobody checks. */
function makeCertificate(): { readonly key: Buffer; readonly cert: Buffer } {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(temporaryDirectory(), name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** IAM of an account with an old role, Lambda for the provider framework, and the answer's URL, by TLS as on AWS: each answers at once. */
async function startServer(answers: string[]): Promise<Server> {
  const server = createServer(makeCertificate(), async (request, response) => {
    const body = await text(request);
    if (body.includes('Action=GetRole')) {
      response.end(`<GetRoleResponse><GetRoleResult>${ROLE}</GetRoleResult></GetRoleResponse>`);
    } else if (body.includes('Action=CreateServiceLinkedRole')) {
      response.writeHead(400).end(TAKEN);
    } else {
      if (request.method === 'PUT') {
        answers.push(body);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(request.method === 'PUT' ? '' : '{}');
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** The Create that CloudFormation would send. */
function eventOf(assembly: string, url: string): string {
  const resource = Object.values(templateOf(assembly).template.Resources).find(({ Type }) => TYPE_OF_ROLE.test(Type))!;
  return JSON.stringify({
    RequestType: 'Create',
    RequestId: 'request',
    ResponseURL: `${url}/answer`,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Stack/id',
    LogicalResourceId: 'Role',
    ResourceType: resource.Type,
    ResourceProperties: { ...resource.Properties, ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:handler' },
  });
}

/** The least that a function could do with the SDK. */
function bareScript(): FunctionCode {
  const file = join(temporaryDirectory(), 'index.js');
  writeFileSync(file, `const { GetRoleCommand, IAMClient } = require('@aws-sdk/client-iam');
const client = new IAMClient();
exports.handler = () => client.send(new GetRoleCommand({ RoleName: 'AWSServiceRoleForElastiCache' }));\n`);
  return { file, handler: 'handler', environment: {} };
}

/** Functions that are started one after the other, as the framework and its handler are; of their memory, the larger. */
function oneAfterTheOther(starts: readonly ColdStart[]): ColdStart {
  const sum = (figure: keyof ColdStart) => starts.reduce((total, start) => total + start[figure], 0);
  return { loadMs: sum('loadMs'), answerMs: sum('answerMs'), totalMs: sum('totalMs'), cpuMs: sum('cpuMs'), peakMb: Math.max(...starts.map(({ peakMb }) => peakMb)) };
}

export async function measureColdStart(): Promise<Pick<Results, 'coldStart' | 'ownWorkMs'>> {
  const answers: string[] = [];
  const server = await startServer(answers);
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const env = {
    NODE_PATH: NODE_MODULES, // where Lambda's runtime has the SDK
    NODE_TLS_REJECT_UNAUTHORIZED: '0', // the certificate is of our own making
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  };
  const start = ({ file, handler, environment }: FunctionCode, event: string, script = 'cold-start', portOfAnswer = '') =>
    measure<ColdStart & { readonly ownMs: number }>(script, [file, handler, event, portOfAnswer], { ...env, ...environment });
  const assertAnswered = (who: string) => {
    const given = answers.splice(0);
    assert.ok(given.length === 1 && given[0].includes('"Status":"SUCCESS"'), `${who} answered ${given.join(', ')}`);
  };

  const functions = await ofEach(WITH_FUNCTIONS, (candidate) => {
    const assembly = synthesize(candidate);
    return { code: functionsOf(assembly), event: eventOf(assembly, url) };
  });
  const bare = bareScript();
  const runs = { ...await ofEach(WITH_FUNCTIONS, (): ColdStart[] => []), bare: [] as ColdStart[] };
  const ownWork: number[] = [];
  for (let run = 0; run < RUNS; run++) { // one of each in turn
    runs.bare.push(await start(bare, '{}'));
    for (const candidate of WITH_FUNCTIONS) {
      const { code, event } = functions[candidate];
      const starts: ColdStart[] = [];
      for (const one of code) {
        starts.push(await start(one, event, 'cold-start', CDKS_OWN.includes(candidate) ? `${port}` : ''));
      }
      assertAnswered(candidate);
      runs[candidate].push(oneAfterTheOther(starts));
    }
    const { code: [own], event } = functions['this-library'];
    ownWork.push((await start(own, event, 'own-work')).ownMs);
    assertAnswered('own work');
  }
  server.close();
  server.closeAllConnections();
  return { coldStart: await ofEach(['bare', ...WITH_FUNCTIONS], (name) => medians(runs[name])), ownWorkMs: median(ownWork) };
}
