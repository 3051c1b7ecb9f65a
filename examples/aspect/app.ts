import { App, Aspects, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { EnsureElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const app = new App();

// The teams write caches, and need not know of the role.
for (const team of ['Orders', 'Search']) {
  const stack = new Stack(app, team);
  new CfnServerlessCache(stack, 'Cache', { engine: 'valkey', serverlessCacheName: team.toLowerCase() });
}

// Each of the two stacks declares the role, and its cache waits for it. A stage of the app would need a line of its own.
Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
app.synth();
