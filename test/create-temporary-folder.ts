import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before a run: puts its temporary files, of CDK and of other tools, too, into one folder. */
export default function createTemporaryFolder() {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'test-run-'));
}
