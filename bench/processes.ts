import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';

const BUILD = join(__dirname, '.build');

/** How many pairs of fresh processes a figure comes from. Large apps run a tenth of that. */
export const PAIRS = Number(process.env.PAIRS ?? 60);
export const PAIRS_OF_LARGE_APPS = Math.ceil(PAIRS / 10);

/** Compiles what is measured, one file to one file, so that loading TypeScript is no part of it. */
export function compile(): void {
  const entryPoints = ['candidates', 'apps', 'measured'].flatMap((folder) =>
    readdirSync(join(__dirname, folder)).filter((file) => file.endsWith('.ts')).map((file) => join(__dirname, folder, file)));
  buildSync({ entryPoints, outbase: __dirname, outdir: BUILD, platform: 'node', format: 'cjs', target: 'node20' });
}

/** Runs a script of measured/ in a fresh Node.js process, with an empty folder as its first argument. Returns the figures in its last line. */
export async function measure<T>(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(BUILD, 'measured', `${script}.js`), directory, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_NO_WARNINGS: '1', ...env },
    });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Measures each in turn, in the opposite order every second time, so that the order and the load of the machine affect all alike. */
export async function rounds<K extends string, T>(count: number, names: readonly K[], run: (name: K) => Promise<T>): Promise<Record<K, T>[]> {
  const results: Record<K, T>[] = [];
  for (let i = 0; i < count; i++) {
    const result = {} as Record<K, T>;
    for (const name of i % 2 ? [...names].reverse() : names) {
      result[name] = await run(name);
    }
    results.push(result);
  }
  return results;
}
