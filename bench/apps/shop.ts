import { type App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancedFargateService } from 'aws-cdk-lib/aws-ecs-patterns';
import { CfnServerlessCache, CfnSubnetGroup, CfnUser } from 'aws-cdk-lib/aws-elasticache';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AuroraPostgresEngineVersion, ClusterInstance, DatabaseCluster, DatabaseClusterEngine } from 'aws-cdk-lib/aws-rds';

/** A VPC, a load-balanced ECS service, an Aurora cluster, ElastiCache, and ten functions. */
export function fill(app: App): void {
  const stack = new Stack(app, 'Shop', { synthesizer: new BootstraplessSynthesizer() });
  const vpc = new Vpc(stack, 'Vpc');
  new ApplicationLoadBalancedFargateService(stack, 'Service', { vpc, taskImageOptions: { image: ContainerImage.fromRegistry('nginx') } });
  new DatabaseCluster(stack, 'Database', {
    vpc,
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_4 }),
    writer: ClusterInstance.serverlessV2('Writer'),
  });
  const subnetIds = vpc.privateSubnets.map(({ subnetId }) => subnetId);
  new CfnServerlessCache(stack, 'Cache', { engine: 'valkey', serverlessCacheName: 'sessions', subnetIds });
  new CfnSubnetGroup(stack, 'Subnets', { description: 'private', subnetIds });
  new CfnUser(stack, 'User', { engine: 'valkey', userId: 'shop', userName: 'shop', noPasswordRequired: true });
  for (let i = 0; i < 10; i++) {
    const code = Code.fromInline('exports.handler = async () => {};');
    new LambdaFunction(stack, `Function${i}`, { vpc, runtime: Runtime.NODEJS_LATEST, handler: 'index.handler', code });
  }
}
