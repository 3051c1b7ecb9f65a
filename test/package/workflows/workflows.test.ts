import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { installedPython } from '../../../local-aws/python';

// actionlint, which is not on PyPI as a wheel, runs in the workflow `versions`.
test('zizmor finds nothing in the workflows and in the configuration of Dependabot', async () => {
  const python = await installedPython(join(__dirname, 'requirements.txt'));

  const { status, stdout } = spawnSync(join(dirname(python), 'zizmor'), ['--offline', '--no-config', '.github'], { encoding: 'utf8' });

  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('No findings to report') });
}, 300_000);
