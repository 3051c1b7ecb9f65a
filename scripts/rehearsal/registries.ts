import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installedPython } from '../../local-aws/python';
import { name } from '../../package.json';

const HOST = '127.0.0.1';

/** Starts verdaccio, a registry of npm packages, which gets all packages but this one from the registry that npm uses here. Returns its address. */
export function startNpmRegistry(folder: string): Promise<string> {
  mkdirSync(folder);
  const configuration = join(folder, 'config.yaml');
  writeFileSync(configuration, JSON.stringify({
    storage: 'packages',
    max_body_size: '50mb',
    uplinks: { npm: { url: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim(), cache: false } },
    packages: { [name]: { access: '$all', publish: '$all' }, '**': { access: '$all', proxy: 'npm' } },
  }));
  const verdaccio = join(__dirname, 'node_modules', '.bin', 'verdaccio');
  return start((port) => [verdaccio, '--config', configuration, '--listen', `${HOST}:${port}`]);
}

/** Starts a registry of Python packages that has this one alone. Returns its address. */
export async function startPypiRegistry(folder: string): Promise<string> {
  mkdirSync(folder);
  const python = await installedPython(join(__dirname, 'requirements.txt'));
  return start((port) => [
    python, '-m', 'pypiserver', 'run', '--interface', HOST, '--port', `${port}`, '--authenticate', '.', '--passwords', '.', '--disable-fallback', folder,
  ]);
}

/** Starts a server that ends with this process, and waits until it responds. */
async function start(command: (port: number) => readonly string[]): Promise<string> {
  const port = await freePort();
  const [tool, ...args] = command(port);
  const server = spawn(tool, args, { stdio: 'ignore' });
  process.prependOnceListener('exit', () => server.kill());
  for (let attempts = 100; !await fetch(`http://${HOST}:${port}`).then(() => true, () => false); attempts--) {
    if (attempts === 0 || server.exitCode !== null) throw new Error(`${tool} did not start`);
    await sleep(200);
  }
  return `${HOST}:${port}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
