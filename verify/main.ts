import { join } from 'node:path';
import { FACTS } from './facts';
import { verify } from './verify';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    console.log(interrupt.signal.aborted ? 'cleaning up, please wait' : 'interrupted: cleaning up');
    interrupt.abort();
  });
}

const page = join(__dirname, '../docs/maintaining/verified.md');
verify(process.argv.slice(2), { facts: FACTS, log: console.log, signal: interrupt.signal, page })
  .then((code) => process.exitCode = code, (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
