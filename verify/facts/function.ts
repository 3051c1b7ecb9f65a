import { LOGICAL_ID } from '../../local-aws/aws-account';
import { NO_DELAY, roleWith } from '../../local-aws/declarations';
import { accountOfRun } from '../accounts';
import type { Fact } from '../fact';
import type { Run } from '../run';

const logs = new WeakMap<Run, Promise<string>>();

/** The log of a Create that waits for nothing. */
function logOfCreate(run: Run): Promise<string> {
  const log = logs.get(run) ?? deployAndReadLog(run);
  logs.set(run, log);
  return log;
}

async function deployAndReadLog(run: Run): Promise<string> {
  await run.withoutRole();
  const stack = accountOfRun(run).stack('Function');
  await stack.deploy(roleWith(NO_DELAY));
  const { [`${LOGICAL_ID}HandlerLogGroup`]: logGroupName } = await stack.resources();
  return run.until('a REPORT line in the log', async () => {
    const { events = [] } = await run.logs.filterLogEvents({ logGroupName });
    const text = events.map(({ message }) => message).join('\n');
    return text.includes('REPORT ') ? text : undefined;
  });
}

interface Measure {
  readonly name: string;
  readonly sentence: string;
  readonly limit: number;
  readonly unit: string;
  readonly notLocal?: string;
  measure(log: string): number;
}

const match = (pattern: RegExp) => (log: string) => Number(pattern.exec(log)?.[1]);

const MEASURES: readonly Measure[] = [
  {
    name: 'run time of a Create without a wait',
    sentence: 'docs/how-it-works.md: The handler always responds within 15 minutes.',
    limit: 10_000,
    unit: 'ms',
    measure: match(/REPORT .*?\tDuration: ([\d.]+) ms/),
  },
  {
    name: 'init time',
    sentence: 'docs/how-it-works.md: The handler always responds within 15 minutes.',
    limit: 1_000,
    unit: 'ms',
    notLocal: 'MiniStack reports no init time',
    measure: match(/Init Duration: ([\d.]+) ms/),
  },
  {
    name: 'memory used',
    sentence: 'docs/how-it-works.md: one Lambda function: inline code, 128 MB, 15 minutes',
    limit: 128,
    unit: 'MB',
    notLocal: 'MiniStack reports 0 MB',
    measure: match(/Max Memory Used: (\d+) MB/),
  },
  {
    name: 'size of the response',
    sentence: 'docs/how-it-works.md: CloudFormation accepts at most 4,096 bytes, so the response cuts long lists',
    limit: 4_096,
    unit: 'bytes',
    measure: (log) => Buffer.byteLength(/responded (\{.*\}): 200/.exec(log)?.[1] ?? '') || NaN,
  },
];

/** How the function runs, by the log of a deployment. */
export const FUNCTION: readonly Fact[] = [
  ...MEASURES.map(({ name, sentence, limit, unit, notLocal, measure }): Fact => ({
    topic: 'Function',
    name,
    sentence,
    expected: `at most ${limit} ${unit}`,
    agrees: (seen) => seen.endsWith(` ${unit}`) && parseFloat(seen) <= limit,
    notLocal,
    observe: async (run) => `${measure(await logOfCreate(run))} ${unit}`,
  })),
  {
    topic: 'Function',
    name: 'runtime',
    sentence: 'docs/how-it-works.md: The function runs on `Runtime.NODEJS_LATEST` of your aws-cdk-lib, and at least on Node.js 24.',
    expected: 'Node.js 24 or newer',
    agrees: (seen) => parseInt(seen.replace('nodejs:', '')) >= 24,
    notLocal: 'MiniStack logs no version of the runtime',
    observe: async (run) => /INIT_START Runtime Version: (\S+)/.exec(await logOfCreate(run))?.[1] ?? 'no INIT_START line',
  },
];
