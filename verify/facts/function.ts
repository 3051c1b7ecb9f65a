import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { LOGICAL_ID } from '../../local-aws/aws-account';
import { NO_DELAY, roleWith } from '../../local-aws/declarations';
import { atMost, type Fact } from '../fact';
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

/** A fact that the log shows where the pattern matches. */
function inLog(name: string, sentence: string, expected: Pick<Fact, 'agrees' | 'expected' | 'notLocal'>, pattern: RegExp, show = (found: string) => found): Fact {
  const observe = async (run: Run) => {
    const found = pattern.exec(await (log ??= logOfCreate(run)))?.[1];
    return found ? show(found) : 'not in the log';
  };
  return { topic: 'Function', name, sentence, ...expected, observe };
}

const RESPONDS = 'docs/how-it-works.md: The handler always responds within 15 minutes.';
const RUNS_ON = 'docs/how-it-works.md: It runs on `Runtime.NODEJS_LATEST` of your aws-cdk-lib, with Lambda\'s default of 128 MB.';

/** How the function runs, by the log of a deployment. */
export const FUNCTION: readonly Fact[] = [
  inLog('run time of a Create without a wait', RESPONDS, atMost(10_000, 'ms'), /REPORT .*?\tDuration: ([\d.]+ ms)/),
  inLog('init time', RESPONDS, { ...atMost(1_000, 'ms'), notLocal: 'MiniStack reports no init time' }, /Init Duration: ([\d.]+ ms)/),
  inLog('memory used', RUNS_ON, { ...atMost(128, 'MB'), notLocal: 'MiniStack reports 0 MB' }, /Max Memory Used: (\d+ MB)/),
  inLog('size of the response', 'docs/how-it-works.md: CloudFormation accepts at most 4,096 bytes.', atMost(4_096, 'bytes'),
    /responded (\{.*\}): 200/, (response) => `${Buffer.byteLength(response)} bytes`),
  inLog('runtime', RUNS_ON, {
    expected: 'Node.js 22 or 24',
    agrees: (seen: string) => /^nodejs:2[24]/.test(seen),
    notLocal: 'MiniStack logs no version of the runtime',
  }, /INIT_START Runtime Version: (\S+)/),
];
