import * as cdk from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as nag from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { declareIn, DOCUMENTED_FINDINGS, documentedFindings, VARIANTS } from './documented-findings';
import { EnsureElastiCacheServiceLinkedRole } from '../../../src';

// cdk-nag 3 is a validation plugin and requires aws-cdk-lib 2.257; the types here are those of cdk-nag 2 and of the lowest aws-cdk-lib.
interface Validations {
  addPlugins(plugin: unknown): void;
  acknowledge(acknowledgement: { readonly id: string; readonly reason: string }): void;
}
const { Validations: ValidationsOf } = cdk as unknown as { readonly Validations: { of(scope: IConstruct): Validations } };
type Pack = new (app: cdk.App) => unknown;
const {
  AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks,
} = nag as unknown as Record<string, Pack>;

const PACKS: readonly [string, Pack][] = [
  ['AwsSolutions', AwsSolutionsChecks],
  ['HIPAA.Security', HIPAASecurityChecks],
  ['NIST.800.53.R4', NIST80053R4Checks],
  ['NIST.800.53.R5', NIST80053R5Checks],
  ['PCI.DSS.321', PCIDSS321Checks],
  ['Serverless', ServerlessChecks],
];

let app: cdk.App;
let reported: string;
beforeEach(() => {
  app = new cdk.App();
  reported = '';
  jest.spyOn(console, 'error').mockImplementation((text: string) => { reported += text; });
});
afterEach(() => jest.restoreAllMocks());

/** Rule and resource of each finding of the pack. Synthesis fails with the findings if one of them is an error. */
function findings(name: string): string[] {
  try {
    app.synth();
  } catch (error) {
    expect((error as Error).message).toContain('validation-report.json');
    reported = (error as Error).message;
  }
  return [...reported.matchAll(/(\S+) aws-cdk-lib\S+\n\s+Acknowledge with '([^']+)'/g)]
    .map(([, path, id]) => ({ path, id }))
    .filter(({ id }) => id.startsWith(`${name}::`))
    .map(({ path, id }) => `${id.replace(`${name}::${name}-`, '').replace(/\[.*/, '')} ${path.replace(/^Stack\/Role\//, '').replace('/Resource', '')}`)
    .sort();
}

describe.each(PACKS)('%s has the documented findings and no other', (name, Checks) => {
  test.each(VARIANTS)('%s', (variant) => {
    ValidationsOf.of(app).addPlugins(new Checks(app));
    declareIn(app, variant);

    expect(findings(name)).toEqual(documentedFindings(name, variant));
  });

  test('with vpc, logGroup, and the documented acknowledgements, none is left', () => {
    ValidationsOf.of(app).addPlugins(new Checks(app));
    const { role } = declareIn(app, 'vpc and logGroup');
    DOCUMENTED_FINDINGS.filter(({ packs, variants }) => packs.includes(name) && variants.includes('vpc and logGroup'))
      .forEach(({ rule, remedy }) => ValidationsOf.of(role).acknowledge({ id: `${name}-${rule}`, reason: remedy }));

    expect(findings(name)).toEqual([]);
  });
});

test('AwsSolutions has no finding on what the aspect adds, with a description and DESTROY', () => {
  const stack = new cdk.Stack(app, 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  ValidationsOf.of(app).addPlugins(new AwsSolutionsChecks(app));
  new cdk.CfnResource(stack, 'Users', { type: 'AWS::ElastiCache::UserGroup', properties: { Engine: 'valkey', UserGroupId: 'users' } });
  cdk.Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole({ description: 'ours', removalPolicy: cdk.RemovalPolicy.DESTROY }));

  app.synth();

  expect(reported).toBe('');
});

test('AwsSolutions has findings on a bucket', () => {
  const stack = new cdk.Stack(app, 'Stack');
  ValidationsOf.of(app).addPlugins(new AwsSolutionsChecks(app));
  new s3.Bucket(stack, 'Bucket');

  expect(findings('AwsSolutions')).toContainEqual(expect.stringMatching(/^S1 Stack\/Bucket/));
});
