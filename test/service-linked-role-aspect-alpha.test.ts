import { AccessControl, NoPasswordUser, ServerlessCache, UserEngine, UserGroup } from '@aws-cdk/aws-elasticache-alpha';
import { App, Aspects, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EnsureElastiCacheServiceLinkedRole } from '../src';

test('the resources of L2 constructs of the alpha module depend on the role', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const user = new NoPasswordUser(stack, 'User', {
    engine: UserEngine.REDIS,
    userId: 'user',
    userName: 'default',
    accessControl: AccessControl.fromAccessString('on ~* +@all'),
  });
  const userGroup = new UserGroup(stack, 'Users', { engine: UserEngine.REDIS, users: [user] });
  new ServerlessCache(stack, 'Cache', { vpc: new ec2.Vpc(stack, 'Vpc'), userGroup });
  Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
  for (const type of ['User', 'UserGroup', 'ServerlessCache']) {
    Template.fromStack(stack).hasResource(`AWS::ElastiCache::${type}`, { DependsOn: Match.arrayWith(['CustomElastiCacheServiceLinkedRole']) });
  }
});
