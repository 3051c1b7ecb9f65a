import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** After a run: removes the folder that `create-temporary-folder.ts` created. Stryker runs both several times in a process. */
export default function removeTemporaryFolder() {
  const folder = tmpdir();
  process.env.TMPDIR = dirname(folder);
  rmSync(folder, { recursive: true, force: true });
}
