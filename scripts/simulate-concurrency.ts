/**
 * Simulates stacks that are deployed at once to an account that does not have the concurrent executions for all of their functions:
 *
 *   npx projen simulate:concurrency
 *
 * CloudFormation calls each function asynchronously. Lambda retries a throttled event for 6 hours, at first after 1 second and at most after 5 minutes
 * (documented: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation").
 * Assumed: the interval doubles, ServiceTimeout counts while Lambda retries, and a function that does not wait runs for 3 seconds.
 * Whether Lambda spreads retries is not documented. So each row has the worst case, in which all events are retried in the same second,
 * and the case that each interval is shortened at random by up to a half.
 */
const CONCURRENT_EXECUTIONS = 10;
const RUN_TIME = 3;
const MAX_INTERVAL = 300;
const SERVICE_TIMEOUT = 960;

interface Deployment {
  readonly stacks: number;
  /** The seconds until the role is old enough: 0 for an old role. The first stack creates the role, so all functions wait for the same moment. */
  readonly delay: number;
  readonly spreads: boolean;
  readonly serviceTimeout?: number;
}

interface Outcome {
  readonly lastSecond: number;
  readonly failed: number;
  /** The seconds in which the account has no execution for another function. */
  readonly busy: number;
}

function simulate({ stacks, delay, spreads, serviceTimeout = SERVICE_TIMEOUT }: Deployment): Outcome {
  /** The intervals of the events that are tried in each second. */
  const tried = Array.from({ length: serviceTimeout }, (): number[] => []);
  const ended = Array<number>(2 * serviceTimeout).fill(0);
  let state = 1;
  /** From 0 to 1, the same numbers in each simulation. */
  const random = () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647;
  let [free, lastSecond, completed, busy] = [CONCURRENT_EXECUTIONS, 0, 0, 0];
  tried[0] = Array<number>(stacks).fill(1);
  tried.forEach((intervals, second) => {
    for (const interval of intervals) {
      if (free > 0) {
        const end = Math.max(second, delay) + RUN_TIME;
        free--;
        ended[end]++;
        if (end < serviceTimeout) [lastSecond, completed] = [Math.max(lastSecond, end), completed + 1];
      } else {
        const wait = spreads ? Math.ceil(interval * (1 - random() / 2)) : interval;
        tried[second + wait]?.push(Math.min(2 * interval, MAX_INTERVAL));
      }
    }
    if (free === 0) busy++;
    // An event that is tried in the second in which another one ends is still throttled.
    free += ended[second];
  });
  return { lastSecond, failed: stacks - completed, busy };
}

/** The number of stacks at once from which on one fails. */
function limit(deployment: Omit<Deployment, 'stacks'>): number {
  let stacks = 1;
  while (simulate({ ...deployment, stacks }).failed === 0) stacks++;
  return stacks;
}

const line = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const shown = ({ lastSecond, failed, busy }: Outcome) => [failed > 0 ? `${failed} fail` : `after ${lastSecond} s`, `${busy} s`];

line('seconds to wait', 'stacks at once', 'last stack, worst case', 'all executions busy', 'last stack, retries spread', 'all executions busy');
line(...Array<string>(6).fill('---'));
for (const delay of [0, 10, 60]) {
  for (const stacks of [30, 100, 300]) line(delay, stacks, ...[false, true].flatMap(spreads => shown(simulate({ stacks, delay, spreads }))));
}
for (const delay of [0, 10, 60]) {
  const [worst, spread] = [false, true].map(spreads => limit({ delay, spreads }));
  const hour = limit({ delay, spreads: false, serviceTimeout: 3600 });
  console.log(`${delay} s: one fails from ${worst} stacks on (worst case), ${spread} (retries spread), ${hour} (worst case, ServiceTimeout of an hour)`);
}
