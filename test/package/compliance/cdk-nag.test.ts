import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { CDK_NAG } from './cdk-nag';
import { asText, declareIn, documentedFindings, HARDENED, VARIANTS } from './documented-findings';

describe.each(['AwsSolutions', 'HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321', 'Serverless'])('%s', (pack) => {
  test.each(VARIANTS)('has the documented findings and no other, $name', (variant) => {
    const findings = CDK_NAG.findings(declareIn(new App(), variant).stack, pack)
      .map(({ rule, path }) => asText({ rule: rule.replace(`${pack}-`, ''), resource: path.replace(/^Stack\/Role\/|\/Resource$/g, '') }));

    expect(findings.sort()).toEqual(documentedFindings(pack, variant).map(asText).sort());
  });

  test('has no finding with vpc, logGroup, and the documented acknowledgements', () => {
    const { stack, role } = declareIn(new App(), HARDENED);
    documentedFindings(pack, HARDENED).forEach(({ rule, remedy }) => CDK_NAG.acknowledge(role, `${pack}-${rule}`, remedy));

    expect(CDK_NAG.findings(stack, pack)).toEqual([]);
  });
});

test('cdk-nag finds something in a bucket, so it runs', () => {
  const stack = new Stack(new App(), 'Stack');
  new Bucket(stack, 'Bucket');

  expect(CDK_NAG.findings(stack, 'AwsSolutions')).toContainEqual({ rule: 'AwsSolutions-S1', path: 'Stack/Bucket/Resource' });
});

test.each(VARIANTS)('the construct suppresses nothing, $name', (variant) => {
  expect(JSON.stringify(Template.fromStack(declareIn(new App(), variant).stack))).not.toContain('cdk_nag');
});
