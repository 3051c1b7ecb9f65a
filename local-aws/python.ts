import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The Python of a virtual environment with the packages of a requirements file. The first call creates it next to that file. */
export async function installedPython(requirements: string): Promise<string> {
  const version = await pythonVersion();
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const environments = join(dirname(requirements), '.venv');
  const environment = join(environments, `python${version}-${digest}`);
  const python = join('bin', 'python');
  if (existsSync(join(environment, python))) return join(environment, python);

  process.stderr.write(`Installing ${relative('', requirements)}, the first time only\n`);
  mkdirSync(environments, { recursive: true });
  // Created elsewhere and renamed, so that no other process sees it incomplete. A process that comes second uses the first one's.
  const temporary = `${environment}-${process.pid}`;
  try {
    await run('python3', ['-m', 'venv', temporary]);
    await run(join(temporary, python), [
      '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--require-hashes', '--requirement', requirements,
    ]);
    if (!existsSync(join(environment, python))) renameSync(temporary, environment);
  } catch (error) {
    if (!existsSync(join(environment, python))) throw new Error(`cannot install ${requirements} into ${environment}: ${(error as Error).message}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return join(environment, python);
}

async function pythonVersion(): Promise<string> {
  const needed = 'this needs Python 3.10 or newer with its venv module. Install it as python3 on the PATH';
  const { stdout } = await run('python3', ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'])
    .catch(() => { throw new Error(`${needed} (python3 was not found)`); });
  const version = stdout.trim();
  const [major, minor] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 10)) throw new Error(`${needed} (python3 is ${version})`);
  return version;
}
