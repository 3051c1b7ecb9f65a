import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How many pairs of fresh processes a figure comes from. Large apps run a tenth of that. */
export const PAIRS = Number(process.env.PAIRS ?? 60);
export const PAIRS_OF_LARGE_APPS = Math.ceil(PAIRS / 10);

/** Runs a script of measured/ in a fresh Node.js process, with an empty folder as its first argument. Returns the figures in its last line. */
export async function measure<T>(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, `.build/measured/${script}.js`), directory, ...args], {
      // CDK's own validation would take seconds, and vary by half of one.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_NO_WARNINGS: '1', CDK_VALIDATION: 'false', ...env },
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
