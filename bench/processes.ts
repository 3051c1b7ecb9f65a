import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const BUILD = join(__dirname, '.build');
const HANDLER = 'candidates/provider-framework-handler';

/** Compiles what is measured, one file to one file, so that loading TypeScript is no part of it. */
export function compile(): void {
  const entryPoints = ['candidates', 'measured'].flatMap((folder) =>
    readdirSync(join(__dirname, folder)).filter((file) => file.endsWith('.ts')).map((file) => join(__dirname, folder, file)));
  cpSync(join(__dirname, HANDLER), join(BUILD, HANDLER), { recursive: true });
  buildSync({ entryPoints, outbase: __dirname, outdir: BUILD, platform: 'node', format: 'cjs', target: 'node20' });
}

/** Runs a script of measured/ in a fresh Node.js process; gives the message that it sends. */
export async function measure<T>(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<T> {
  const child = fork(join(BUILD, 'measured', `${script}.js`), args, {
    silent: true,
    execArgv: [], // not the loader that runs this file
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_NO_WARNINGS: '1', ...env },
  });
  let complaint = '';
  let message: unknown;
  child.stdout!.resume();
  child.stderr!.on('data', (chunk: Buffer) => complaint += chunk.toString());
  child.on('message', (value) => message = value);
  const [code] = await once(child, 'close');
  if (code !== 0 || !message) {
    throw new Error(`${script} ${args[0]} ended with ${code}, its message is ${JSON.stringify(message)}: ${complaint}`);
  }
  return message as T;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A quarter of the values is below the first, a quarter above the second. */
export function quartiles(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

/** The median of each of the figures. */
export function medians<T extends object>(runs: readonly T[]): T {
  return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => Number(run[key as keyof T])))])) as T;
}

export async function ofEach<K extends string, T>(keys: readonly K[], value: (key: K) => Promise<T> | T): Promise<Record<K, T>> {
  const result = {} as Record<K, T>;
  for (const key of keys) {
    result[key] = await value(key);
  }
  return result;
}
