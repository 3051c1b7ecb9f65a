import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installedPython } from '../../../local-aws/python';

let zizmor: string;

// actionlint, which is not on PyPI as a wheel, runs in the workflow `versions`.
beforeAll(async () => {
  const python = await installedPython(join(__dirname, 'requirements.txt'));
  zizmor = join(dirname(python), 'zizmor');
}, 300_000);

/** The findings of zizmor, each as the name of its rule and where it is. */
function findings(path: string): string[] {
  const { stdout, stderr } = spawnSync(zizmor, ['--offline', '--no-config', '--format', 'github', path], { encoding: 'utf8' });
  if (!stderr.includes('completed')) throw new Error(`zizmor failed: ${stderr}`);
  return stdout.split('\n').filter((line) => line.startsWith('::'));
}

test('zizmor finds nothing in the workflows and in the configuration of Dependabot', () => {
  expect(findings('.github')).toEqual([]);
}, 60_000);

test('zizmor finds a checkout that keeps the token of the job', () => {
  const folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  const file = join(folder, 'build.yml');
  writeFileSync(file, readFileSync('.github/workflows/build.yml', 'utf8').replace('persist-credentials: false', 'fetch-depth: 1'));

  expect(findings(file)).toEqual([expect.stringContaining('artipacked')]);
  rmSync(folder, { recursive: true });
}, 60_000);
