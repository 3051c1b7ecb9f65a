// Runs in a process of its own: synthesizes apps of caches with and without the aspect, alternating. Sends the seconds of each run.
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Aspects, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { EnsureElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const [caches, runs] = process.argv.slice(2).map(Number);
/** CDK itself takes quadratic time to fill a single stack. */
const CACHES_PER_STACK = 100;

const VARIANTS: Record<string, (app: App) => void> = {
  without: () => {},
  with: (app) => Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole()),
};

function secondsOfSynthesis(count: number, prepare: (app: App) => void): number {
  const outdir = mkdtempSync(join(tmpdir(), 'aspect-'));
  const app = new App({ outdir, analyticsReporting: false, treeMetadata: false, context: { '@aws-cdk/core:aspectStabilization': true } });
  for (let i = 0; i < count; i += CACHES_PER_STACK) {
    const stack = new Stack(app, `Stack${i}`);
    for (let j = 0; j < CACHES_PER_STACK; j++) {
      new CfnServerlessCache(stack, `Cache${j}`, { engine: 'valkey', serverlessCacheName: `cache-${i + j}` });
    }
  }
  prepare(app);
  const start = performance.now();
  app.synth();
  const seconds = (performance.now() - start) / 1000;
  rmSync(outdir, { recursive: true });
  return seconds;
}

Object.values(VARIANTS).forEach((prepare) => secondsOfSynthesis(100, prepare)); // loads and compiles
const seconds = Array.from({ length: runs }, () =>
  Object.fromEntries(Object.entries(VARIANTS).map(([name, prepare]) => [name, secondsOfSynthesis(caches, prepare)])));
process.send!(seconds);
