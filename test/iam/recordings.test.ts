import { readFileSync } from 'fs';
import { join } from 'path';
import { IAM } from '@aws-sdk/client-iam';
import { IamModel } from './iam-model';
import { IamServer } from './iam-server';
import { ASSUMED, expectAsRecorded, type Recording, RECORDINGS } from './recordings';
import { ScriptedIam } from './scripted-iam';

const server = new IamServer();
let endpoint: string;
beforeAll(async () => {
  endpoint = await server.open();
});
afterAll(() => server.close());

function prepare<M extends IamModel>(model: M, { denied }: Recording): M {
  if (denied) {
    model.denied.add(denied);
  }
  return model;
}

const cases = RECORDINGS.map((recording) => [recording.shows, recording] as const);

test.each(cases)('the model: %s', (_, recording) => expectAsRecorded(recording, prepare(new ScriptedIam({ now: Date.now }), recording).client));

test.each(cases)('the model over HTTP, with the SDK: %s', async (_, recording) => {
  server.reset(prepare(new IamModel({ now: Date.now }), recording));
  const iam = new IAM({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'secret' }, maxAttempts: 1 });
  await expectAsRecorded(recording, iam);
  iam.destroy();
});

describe('strictly, the model', () => {
  const NAME = { RoleName: 'AWSServiceRoleForElastiCache' };
  const CREATION = { AWSServiceName: 'elasticache.amazonaws.com' };
  const model = () => new IamModel({ now: () => 0 });

  test.each<[string, (iam: IamModel) => unknown, string, number]>([
    ['finds no role of another name', (iam) => iam.getRole({ RoleName: 'AnotherRole' }), 'NoSuchEntityException', 404],
    ['requires a role name', (iam) => iam.getRole({ RoleName: undefined }), 'ValidationError', 400],
    ['requires a description to update', (iam) => iam.updateRoleDescription({ ...NAME, Description: undefined }), 'ValidationError', 400],
    ['refuses 1,001 characters', (iam) => iam.updateRoleDescription({ ...NAME, Description: 'x'.repeat(1001) }), 'ValidationError', 400],
    ['refuses other characters', (iam) => iam.createServiceLinkedRole({ ...CREATION, Description: '€' }), 'ValidationError', 400],
    ['requires a task ID', (iam) => iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: undefined }), 'ValidationError', 400],
    ['does not delete a regular role', (iam) => {
      iam.createRole({ Path: '/' });
      iam.deleteServiceLinkedRole(NAME);
    }, 'NoSuchEntityException', 404],
    ['creates no role beside a regular one', (iam) => {
      iam.createRole({ Path: '/' });
      iam.createServiceLinkedRole(CREATION);
    }, 'InvalidInputException', 400],
  ])('%s', (_, call, name, httpStatusCode) => {
    const iam = model();
    iam.createServiceLinkedRole(CREATION);
    expect(() => call(iam)).toThrow(expect.objectContaining({ name, $metadata: { httpStatusCode } }));
  });

  test('returns the running task, and another one after it failed', () => {
    const iam = model();
    iam.deletionPlan = () => ({});
    iam.createServiceLinkedRole(CREATION);
    const first = iam.deleteServiceLinkedRole(NAME);
    expect(iam.deleteServiceLinkedRole(NAME)).toEqual(first);
    iam.endTask(iam.runningTask!, { Reason: 'in use' });
    expect(iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: first.DeletionTaskId })).toEqual({ Status: 'FAILED', Reason: { Reason: 'in use' } });
    expect(iam.deleteServiceLinkedRole(NAME)).not.toEqual(first);
  });
});

test('docs/guarantees.md lists what is assumed', () => {
  const page = readFileSync(join(__dirname, '../../docs/guarantees.md'), 'utf8');
  for (const { assumption, settledBy } of ASSUMED) {
    expect(page).toContain(`| ${assumption} | ${settledBy} |`);
  }
});
