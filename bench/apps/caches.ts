import { type App, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';

/** CDK itself takes quadratic time to fill a single stack. */
const CACHES_PER_STACK = 100;

export function fill(app: App, count: number): void {
  for (let i = 0; i < count; i += CACHES_PER_STACK) {
    const stack = new Stack(app, `Stack${i}`);
    for (let j = 0; j < CACHES_PER_STACK; j++) {
      new CfnServerlessCache(stack, `Cache${j}`, { engine: 'valkey', serverlessCacheName: `cache-${i + j}` });
    }
  }
}
