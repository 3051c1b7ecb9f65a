import { ServerlessCache } from '@aws-cdk/aws-elasticache-alpha';
import { Aspects } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CACHE, DECLARATION, newStack, resourcesIn } from './stacks-and-templates';
import { EnsureElastiCacheServiceLinkedRole } from '../src';

test('the resources of L2 constructs of the alpha module depend on the role', () => {
  const { app, stack } = newStack();
  new ServerlessCache(stack, 'Cache', { vpc: new ec2.Vpc(stack, 'Vpc') });
  Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
  const [cache] = Object.values(resourcesIn(stack)).filter(({ Type }) => Type === CACHE);
  expect(cache.DependsOn).toContain(DECLARATION);
});
