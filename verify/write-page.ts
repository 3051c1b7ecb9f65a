import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FACTS } from './facts';
import { NOT_RUN, pageWithoutRun } from './report';

const page = join(__dirname, '../docs/maintaining/verified.md');
if (readFileSync(page, 'utf8').includes(NOT_RUN)) {
  writeFileSync(page, pageWithoutRun(FACTS));
} else {
  console.error('docs/maintaining/verified.md has the results of an account: run npm run verify on an account to replace them');
  process.exitCode = 1;
}
