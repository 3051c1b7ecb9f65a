/**
 * Prints what the aspect costs at synthesis:
 *
 *   npx tsx --tsconfig scripts/tsconfig.json scripts/benchmark-aspect.ts
 */
import { rmSync } from 'node:fs';
import { App, Aspects, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const RUNS = 5;
/** CDK itself takes quadratic time to fill a single stack. */
const CACHES_PER_STACK = 100;

const VARIANTS: Record<string, (app: App) => void> = {
  'without the aspect': () => {},
  'with it': (app) => Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole()),
  'with it and one role for all': (app) => Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole({
    role: new ElastiCacheServiceLinkedRole(new Stack(app, 'Platform'), 'Role'),
  })),
};

function secondsOfSynthesis(caches: number, prepare: (app: App) => void): number {
  const app = new App({ treeMetadata: false, context: { '@aws-cdk/core:aspectStabilization': true } });
  for (let i = 0; i < caches; i += CACHES_PER_STACK) {
    const stack = new Stack(app, `Stack${i}`);
    for (let j = 0; j < CACHES_PER_STACK; j++) {
      new CfnServerlessCache(stack, `Cache${j}`, { engine: 'valkey', serverlessCacheName: `cache-${i + j}` });
    }
  }
  prepare(app);

  const start = performance.now();
  const { directory } = app.synth();
  const seconds = (performance.now() - start) / 1000;
  rmSync(directory, { recursive: true });
  return seconds;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

Object.values(VARIANTS).forEach((prepare) => secondsOfSynthesis(1_000, prepare)); // loads and compiles

for (const caches of [100, 1_000, 10_000]) {
  // A run of each in turn, so that a busy machine slows all alike.
  const runs = Array.from({ length: RUNS }, () => Object.values(VARIANTS).map((prepare) => secondsOfSynthesis(caches, prepare)));
  console.log(`${caches} caches, median of ${RUNS} runs:`);
  Object.keys(VARIANTS).forEach((variant, i) => console.log(`  ${median(runs.map((run) => run[i])).toFixed(3)} s ${variant}`));
}
