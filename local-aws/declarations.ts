import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnOutput, CliCredentialsStackSynthesizer, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Account, Declare } from './aws-account';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../src';
import { SERVICE_PRINCIPAL } from '../src/private/role-identity';

export const NO_DELAY: ElastiCacheServiceLinkedRoleProps = { propagationDelay: Duration.seconds(0) };
export const DESTROY: ElastiCacheServiceLinkedRoleProps = { ...NO_DELAY, removalPolicy: RemovalPolicy.DESTROY };

/** Declares the role, and its attributes as outputs of the stack. */
export function roleWith(props?: ElastiCacheServiceLinkedRoleProps) {
  return (stack: Stack) => {
    const role = new ElastiCacheServiceLinkedRole(stack, 'Role', props);
    const { roleArn, roleName, roleId, createDate } = role;
    Object.entries({ roleArn, roleName, roleId, createDate }).forEach(([name, value]) => new CfnOutput(stack, name, { value }));
    return role;
  };
}

/** Declares the role as a native resource, which fails if the role exists. */
export function nativeRole(stack: Stack) {
  return new iam.CfnServiceLinkedRole(stack, 'Native', { awsServiceName: SERVICE_PRINCIPAL });
}

/** Adds a resource that fails, because the role exists, after everything else. */
export function failingAfter(declare: Declare): Declare {
  return (stack) => {
    declare(stack);
    const declared = stack.node.children;
    nativeRole(stack).node.addDependency(...declared);
  };
}

/** Declares a resource that does not depend on the role, because a stack needs one. */
export function bystander(stack: Stack): void {
  new logs.CfnLogGroup(stack, 'Bystander');
}

export function besideRole(props: ElastiCacheServiceLinkedRoleProps): Declare {
  return (stack) => {
    bystander(stack);
    roleWith(props)(stack);
  };
}

/** Adds the path of each resource to its metadata, as the CDK CLI does. */
export function withPaths(declare: Declare): Declare {
  return (stack) => {
    stack.node.setContext('aws:cdk:enable-path-metadata', true);
    declare(stack);
  };
}

/** Declares a serverless cache, which fails if the role does not exist. */
export function cacheNamed(name: string) {
  return (stack: Stack) => new elasticache.CfnServerlessCache(stack, 'Cache', { serverlessCacheName: name, engine: 'valkey' });
}

export const cache = cacheNamed('sessions');

/** Declares a custom resource whose function may take one action of IAM. The code reads the `event`, and can change the `response`. */
export function customResource(stack: Stack, action: string, code: string, properties?: Readonly<Record<string, unknown>>) {
  const handler = new lambda.Function(stack, 'Handler', {
    functionName: 'handler',
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(`
      const { IAM } = require('@aws-sdk/client-iam');
      exports.handler = async (event) => {
        const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = RequestId } = event;
        const response = { Status: 'SUCCESS', StackId, RequestId, LogicalResourceId, PhysicalResourceId };
        try {
          ${code}
        } catch ({ message }) {
          Object.assign(response, { Status: 'FAILED', Reason: message });
        }
        await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(response) });
      };`),
  });
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: [action], resources: ['*'] }));
  return new CustomResource(stack, 'Custom', { serviceToken: handler.functionArn, properties });
}

const ASSET_BUCKET = 'assets';

/** Declares the bucket of `appWithAssets`, which must exist before the CDK CLI deploys it. */
export function assetBucket(stack: Stack) {
  return new s3.CfnBucket(stack, 'Assets', { bucketName: ASSET_BUCKET });
}

/** An app whose stack can have assets, although the account is not bootstrapped. */
export function appWithAssets(account: Account, stackName: string) {
  const app = new App({ outdir: join(account.directory, 'cdk.out'), analyticsReporting: false });
  return { app, stack: new Stack(app, stackName, { synthesizer: new CliCredentialsStackSynthesizer({ fileAssetsBucketName: ASSET_BUCKET }) }) };
}

/** Synthesizes the declarations once, and deletes the result. Jest refuses to load modules while one of several concurrent tests ends, and CDK loads its modules lazily. */
export function preload(...declarations: readonly Declare[]): void {
  const app = new App({ analyticsReporting: false });
  [roleWith(), nativeRole, cache, assetBucket, ...declarations].forEach((declare, index) => {
    declare(new Stack(app, `Preloaded${index}`, { synthesizer: new CliCredentialsStackSynthesizer({ fileAssetsBucketName: ASSET_BUCKET }) }));
  });
  rmSync(app.synth().directory, { recursive: true });
}
