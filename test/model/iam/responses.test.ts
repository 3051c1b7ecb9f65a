import { IAM } from '@aws-sdk/client-iam';
import { IamModel } from './iam-model';
import { IamServer } from './iam-server';
import { type Given, expectResponses, IN_USE, type Sequence, SEQUENCES } from './responses';
import { ScriptedIam } from './scripted-iam';

const PREPARATIONS: { readonly [G in Given]?: (model: IamModel) => void } = {
  'a regular role that uses the reserved name': (model) => model.createRole({ Path: '/' }),
  'deletions that stay in progress': (model) => model.deletionPlan = () => ({}),
  'a role in use': (model) => model.deletionPlan = () => ({ duration: 0, failure: IN_USE }),
};

function prepare<M extends IamModel>(model: M, { given }: Sequence): M {
  PREPARATIONS[given!]?.(model);
  return model;
}

const server = new IamServer();
let endpoint: string;
beforeAll(async () => {
  endpoint = await server.open();
});
afterAll(() => server.close());

const MODELED = SEQUENCES.filter(({ notModeled }) => !notModeled);

test.each(MODELED)('the model: $shows', (sequence) => expectResponses(sequence, prepare(new ScriptedIam({ now: Date.now }), sequence).client));

test.each(MODELED)('the model over HTTP, with the SDK: $shows', async (sequence) => {
  server.reset(prepare(new IamModel({ now: Date.now }), sequence));
  const iam = new IAM({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'secret' }, maxAttempts: 1 });
  await expectResponses(sequence, iam);
  iam.destroy();
});
