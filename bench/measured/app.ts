// Runs in a fresh process: loads CDK, and synthesizes an app of some size, with the aspect or without. Sends the seconds.
import type { App } from 'aws-cdk-lib';

const [aspect, outdir] = process.argv.slice(2);
const FUNCTIONS = 10;


const start = performance.now();
const cdk: typeof import('aws-cdk-lib') = require('aws-cdk-lib');
const { Vpc }: typeof import('aws-cdk-lib/aws-ec2') = require('aws-cdk-lib/aws-ec2');
const { ContainerImage }: typeof import('aws-cdk-lib/aws-ecs') = require('aws-cdk-lib/aws-ecs');
const { ApplicationLoadBalancedFargateService }: typeof import('aws-cdk-lib/aws-ecs-patterns') = require('aws-cdk-lib/aws-ecs-patterns');
const elasticache: typeof import('aws-cdk-lib/aws-elasticache') = require('aws-cdk-lib/aws-elasticache');
const lambda: typeof import('aws-cdk-lib/aws-lambda') = require('aws-cdk-lib/aws-lambda');
const rds: typeof import('aws-cdk-lib/aws-rds') = require('aws-cdk-lib/aws-rds');

/** A VPC, a load-balanced ECS service, an Aurora cluster, ElastiCache, and some functions. */
function createApp(): App {
  const app = new cdk.App({ outdir, analyticsReporting: false });
  const stack = new cdk.Stack(app, 'Shop', { synthesizer: new cdk.BootstraplessSynthesizer() });
  const vpc = new Vpc(stack, 'Vpc');
  new ApplicationLoadBalancedFargateService(stack, 'Service', { vpc, taskImageOptions: { image: ContainerImage.fromRegistry('nginx') } });
  new rds.DatabaseCluster(stack, 'Database', {
    vpc,
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
  });
  const subnetIds = vpc.privateSubnets.map(({ subnetId }) => subnetId);
  new elasticache.CfnServerlessCache(stack, 'Cache', { engine: 'valkey', serverlessCacheName: 'sessions', subnetIds });
  new elasticache.CfnSubnetGroup(stack, 'Subnets', { description: 'private', subnetIds });
  new elasticache.CfnUser(stack, 'User', { engine: 'valkey', userId: 'shop', userName: 'shop', noPasswordRequired: true });
  for (let i = 0; i < FUNCTIONS; i++) {
    const code = lambda.Code.fromInline('exports.handler = async () => {};');
    new lambda.Function(stack, `Function${i}`, { vpc, runtime: lambda.Runtime.NODEJS_LATEST, handler: 'index.handler', code });
  }
  return app;
}

const app = createApp();
if (aspect === 'with') {
  const library: typeof import('cdk-elasticache-service-linked-role') = require('cdk-elasticache-service-linked-role');
  cdk.Aspects.of(app).add(new library.EnsureElastiCacheServiceLinkedRole());
}
app.synth();
process.send!({ seconds: (performance.now() - start) / 1000 });
