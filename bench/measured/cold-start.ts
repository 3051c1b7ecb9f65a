// Run in a fresh process: loads the code of a function and hands it an event. Sends what that took.
import { existsSync, readFileSync } from 'fs';
import type { RequestOptions } from 'https';
import { CONTEXT } from './context';

const [file, handler, event, portOfAnswer] = process.argv.slice(2);

/** CDK's own handlers send their answer to the standard port, whatever port the URL has. This loads for them what they would load. */
function sendAnswersTo(port: string): void {
  const https: typeof import('https') = require('https');
  const { request } = https;
  Object.assign(https, {
    request: (target: string | RequestOptions, ...rest: [never]) => request(typeof target === 'object' ? { port, ...target } : target, ...rest),
  });
}

/** Of this process alone, where the system tells; elsewhere, a fork starts with its parent's. */
function peakMb(): number {
  const status = '/proc/self/status';
  const peak = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : undefined;
  return Number(peak?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}

if (portOfAnswer) {
  sendAnswersTo(portOfAnswer);
}
const start = performance.now();
const { [handler]: handle } = require(file);
const loaded = performance.now();
handle(JSON.parse(event), CONTEXT).then(() => {
  const end = performance.now();
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const times = { loadMs: loaded - start, answerMs: end - loaded, totalMs: end - start };
  process.send!({ ...times, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: peakMb() }, () => process.exit());
});
