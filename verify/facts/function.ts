import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { LOGICAL_ID } from '../../local-aws/aws-account';
import { NO_DELAY, roleWith } from '../../local-aws/declarations';
import { atMost, type Fact, facts } from '../fact';
import type { Run } from '../run';

let log: Promise<string> | undefined;

/** The log of a Create that waits for nothing. Each fact reads the same one. */
async function logOfCreate(run: Run): Promise<string> {
  await run.withoutRole();
  const stack = run.stack('Function');
  await stack.deploy(roleWith(NO_DELAY));
  const { [`${LOGICAL_ID}HandlerLogGroup`]: logGroupName } = await stack.resources();
  const logs = new CloudWatchLogs(run.target.clientConfig());
  return run.until('a REPORT line in the log', async () => {
    const { events = [] } = await logs.filterLogEvents({ logGroupName });
    const text = events.map(({ message }) => message).join('\n');
    return text.includes('REPORT ') ? text : undefined;
  });
}

/** What the log has where the pattern matches. */
function inLog(pattern: RegExp, show = (found: string) => found): Fact['observe'] {
  return async (run) => {
    const found = pattern.exec(await (log ??= logOfCreate(run)))?.[1];
    return found ? show(found) : 'not in the log';
  };
}

const RESPONDS = 'docs/how-it-works.md: The handler always responds within 15 minutes.';
const RUNS_ON = 'docs/how-it-works.md: The function runs on `Runtime.NODEJS_LATEST` of your aws-cdk-lib, and at least on Node.js 24.';
const MEMORY = 'docs/how-it-works.md: one Lambda function: inline code, 128 MB, 15 minutes';
const LIMIT = 'docs/how-it-works.md: 4,096 bytes of a response';

/** How the function runs, by the log of a deployment. */
export const FUNCTION = facts('Function', undefined, [
  ['run time of a Create without a wait', RESPONDS, atMost(10_000, 'ms'), inLog(/REPORT .*?\tDuration: ([\d.]+ ms)/)],
  ['init time', RESPONDS, atMost(1_000, 'ms'), inLog(/Init Duration: ([\d.]+ ms)/), { notLocal: 'MiniStack reports no init time' }],
  ['memory used', MEMORY, atMost(128, 'MB'), inLog(/Max Memory Used: (\d+ MB)/), { notLocal: 'MiniStack reports 0 MB' }],
  ['size of the response', LIMIT, atMost(4_096, 'bytes'), inLog(/responded (\{.*\}): 200/, (response) => `${Buffer.byteLength(response)} bytes`)],
  ['runtime', RUNS_ON, { expected: 'Node.js 24 or newer', agrees: (seen) => parseInt(seen.replace('nodejs:', '')) >= 24 },
    inLog(/INIT_START Runtime Version: (\S+)/), { notLocal: 'MiniStack logs no version of the runtime' }],
]);
