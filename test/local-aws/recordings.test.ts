import { IAM } from '@aws-sdk/client-iam';
import { LocalAws } from './local-aws';
import { expectAsRecorded, RECORDINGS } from '../iam/recordings';

jest.setTimeout(60_000);

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start({ onInstall: () => process.stderr.write('Installing MiniStack\n') });
}, 300_000);
afterAll(() => aws?.stop());

// Its functions are denied what their roles do not allow, but the callers of these tests are not.
const cases = RECORDINGS.filter(({ denied }) => !denied).map((recording, index) => [recording.shows, recording, index] as const);

test.each(cases)('the local AWS: %s', async (_, recording, index) => {
  const iam = new IAM({ ...aws.clientConfig(String(300_000_000_000 + index)), maxAttempts: 1 });
  await expectAsRecorded(recording, iam);
  iam.destroy();
});
