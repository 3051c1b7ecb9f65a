// Runs in a fresh process: loads the code of a function and passes it an event. Prints what that took.
const [, file, event] = process.argv.slice(2);
/** What Lambda passes to a function beside the event. */
const CONTEXT = { getRemainingTimeInMillis: () => 900_000, logGroupName: 'group', logStreamName: 'stream', invokedFunctionArn: 'arn' };

const start = performance.now();
const { handler } = require(file);
const loaded = performance.now();
handler(JSON.parse(event), CONTEXT).then(() => {
  const end = performance.now();
  const { user, system } = process.cpuUsage();
  const times = { loadMs: loaded - start, responseMs: end - loaded, totalMs: end - start, cpuMs: (user + system) / 1000 };
  process.stdout.write(`\n${JSON.stringify(times)}\n`, () => process.exit());
});
