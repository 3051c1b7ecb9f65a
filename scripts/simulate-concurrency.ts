/**
 * Simulates stacks that are deployed at once to an account that does not have the concurrent executions for all of their functions:
 *
 *   npx projen simulate:concurrency
 *
 * CloudFormation calls each function asynchronously. Lambda retries a throttled event for 6 hours, at first after 1 second and at most after 5 minutes
 * (documented: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation").
 * Assumed: the interval doubles, ServiceTimeout counts while Lambda retries, and a function that does not wait runs for 3 seconds.
 * Whether Lambda spreads retries is not documented. This is the worst case, in which all events are retried in the same second.
 */
const CONCURRENT_EXECUTIONS = 10;
const RUN_TIME = 3;
const MAX_INTERVAL = 300;
const SERVICE_TIMEOUT = 960;

/** `delay` is the seconds until the role is old enough: 0 for an old role. The first stack creates it, so all functions wait for the same moment. */
function simulate(stacks: number, delay: number) {
  let throttled = stacks;
  let lastSecond = -1;
  /** The seconds in which the account has no execution for another function. */
  let busy = 0;
  let interval = 1;
  let second = 0;
  while (throttled > 0 && second < SERVICE_TIMEOUT) {
    const end = Math.max(second, delay) + RUN_TIME;
    // Events that are tried in the second in which the others end are still throttled.
    const isFree = second > lastSecond;
    if (isFree && end < SERVICE_TIMEOUT) {
      if (throttled >= CONCURRENT_EXECUTIONS) busy += end - second + 1;
      throttled -= Math.min(throttled, CONCURRENT_EXECUTIONS);
      lastSecond = end;
    }
    second += interval;
    interval = Math.min(2 * interval, MAX_INTERVAL);
  }
  return { lastSecond, failed: throttled, busy };
}

/** The number of stacks at once from which on one fails. */
function limit(delay: number): number {
  let stacks = 1;
  while (simulate(stacks, delay).failed === 0) stacks++;
  return stacks;
}

console.log('| seconds to wait | stacks at once | last stack | all executions busy |\n| --- | --- | --- | --- |');
for (const delay of [0, 10, 60]) {
  for (const stacks of [30, 100, 300]) {
    const { lastSecond, failed, busy } = simulate(stacks, delay);
    console.log(`| ${delay} | ${stacks} | ${failed > 0 ? `${failed} fail` : `after ${lastSecond} s`} | ${busy} s |`);
  }
}
for (const delay of [0, 10, 60]) {
  console.log(`${delay} s: one fails from ${limit(delay)} stacks on`);
}
