import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FACTS } from './facts';
import { pageWithoutRun } from './report';

const docs = join(__dirname, '../docs/maintaining');
if (existsSync(join(docs, 'verified.json'))) {
  console.error('docs/maintaining/verified.md has the results of an account: run npm run verify on an account to replace them');
  process.exitCode = 1;
} else {
  writeFileSync(join(docs, 'verified.md'), pageWithoutRun(FACTS));
}
