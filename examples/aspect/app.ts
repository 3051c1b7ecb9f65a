import { App, Aspects, Stack } from 'aws-cdk-lib';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { EnsureElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

const app = new App();

// The teams write caches and need not know about the role.
for (const team of ['Orders', 'Search']) {
  const stack = new Stack(app, team);
  new CfnServerlessCache(stack, 'Cache', { engine: 'valkey', serverlessCacheName: team.toLowerCase() });
}

// Declares the role in each of the two stacks, and makes its cache depend on it. A stage of the app needs the aspect as well.
Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
app.synth();
