import * as cdk from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as nag from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { EnsureElastiCacheServiceLinkedRole } from '../../src';

// cdk-nag 3 is a validation plugin and requires aws-cdk-lib 2.257; the types here are those of cdk-nag 2 and of the lowest aws-cdk-lib.
const { Validations } = cdk as unknown as { readonly Validations: { of(scope: IConstruct): { addPlugins(plugin: unknown): void } } };
const { AwsSolutionsChecks } = nag as unknown as { readonly AwsSolutionsChecks: new (app: cdk.App) => unknown };

let app: cdk.App;
let stack: cdk.Stack;
let reported: string;
beforeEach(() => {
  app = new cdk.App();
  stack = new cdk.Stack(app, 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  reported = '';
  jest.spyOn(console, 'error').mockImplementation((text: string) => { reported += text; });
});
afterEach(() => jest.restoreAllMocks());

test.each([cdk.RemovalPolicy.RETAIN, cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])(
  'AwsSolutions has no finding on what the aspect adds, with a description and removalPolicy %s', (removalPolicy) => {
    new cdk.CfnResource(stack, 'Users', { type: 'AWS::ElastiCache::UserGroup', properties: { Engine: 'valkey', UserGroupId: 'users' } });
    cdk.Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole({ description: 'ours', removalPolicy }));
    app.synth();
    expect(reported).toBe('');
  });

test('AwsSolutions has findings on a bucket', () => {
  new s3.Bucket(stack, 'Bucket');
  expect(() => app.synth()).toThrow('AwsSolutions-S1');
});
