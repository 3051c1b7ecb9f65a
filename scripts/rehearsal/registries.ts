import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installedPython } from '../../local-aws/python';
import { name } from '../../package.json';

const HOST = '127.0.0.1';

/** A registry in a process of its own, behind a proxy that can fail. It refuses connections before it is started. */
export class Registry {
  public static async create(command: (port: number) => string[]): Promise<Registry> {
    return new Registry(command, await freePort(), await freePort());
  }

  /** Whether it answers the next upload with 500. */
  public failsNext = false;
  private process?: ChildProcess;
  private readonly proxy: Server;

  private constructor(private readonly command: (port: number) => string[], private readonly port: number, private readonly backendPort: number) {
    this.proxy = createServer((incoming, answer) => {
      if (this.failsNext && (incoming.method === 'PUT' || incoming.method === 'POST')) {
        this.failsNext = false;
        incoming.resume().once('end', () => answer.writeHead(500).end('out of order'));
        return;
      }
      const { method, url: path, headers } = incoming;
      const outgoing = request({ host: HOST, port: backendPort, method, path, headers }, (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      });
      outgoing.once('error', () => answer.destroy());
      incoming.pipe(outgoing);
    });
  }

  /** Without the scheme, as publib takes it. */
  public get address() {
    return `${HOST}:${this.port}`;
  }

  public async start() {
    const [tool, ...args] = this.command(this.backendPort);
    this.process = spawn(tool, args, { stdio: 'ignore' });
    await once(this.proxy.listen(this.port, HOST), 'listening');
    for (let left = 100; !await fetch(`http://${this.address}`).then(() => true, () => false); left--) {
      if (left === 0 || this.process.exitCode !== null) throw new Error(`${tool} did not start`);
      await sleep(200);
    }
  }

  public stop() {
    this.process?.kill();
    this.proxy.close();
    this.proxy.closeAllConnections();
  }
}

/** A registry of npm packages: verdaccio, which gets all packages but this one from the registry that npm uses here. */
export function npmRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder);
  const configuration = join(folder, 'config.yaml');
  writeFileSync(configuration, JSON.stringify({
    storage: 'packages',
    max_body_size: '50mb',
    uplinks: { npm: { url: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim(), cache: false } },
    packages: { [name]: { access: '$all', publish: '$all' }, '**': { access: '$all', proxy: 'npm' } },
  }));
  const verdaccio = join(__dirname, 'node_modules', '.bin', 'verdaccio');
  return Registry.create((port) => [verdaccio, '--config', configuration, '--listen', `${HOST}:${port}`]);
}

/** A registry of Python packages that has this one alone. */
export async function pypiRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder);
  const python = await installedPython(join(__dirname, 'requirements.txt'));
  return Registry.create((port) => [
    python, '-m', 'pypiserver', 'run', '--interface', HOST, '--port', `${port}`, '--authenticate', '.', '--passwords', '.', '--disable-fallback', folder,
  ]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
