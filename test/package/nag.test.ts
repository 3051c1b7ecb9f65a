import { App, Aspects, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../src';

/** What other packs say of the default props; docs/guarantees.md has the reason of each. */
const LOG_GROUP_ENCRYPTED = 'CloudWatchLogGroupEncrypted LogGroup';
const OTHERS = ['IAMNoInlinePolicy HandlerRole', 'LambdaConcurrency Handler', 'LambdaDLQ Handler', 'LambdaInsideVPC Handler'];
const PCI_OTHERS = ['IAMNoInlinePolicy HandlerRole', 'LambdaInsideVPC Handler'];

const VARIANTS: ElastiCacheServiceLinkedRoleProps[] = [undefined, 'ours'].flatMap((description) =>
  [undefined, RemovalPolicy.RETAIN, RemovalPolicy.DESTROY, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE]
    .map((removalPolicy) => ({ description, removalPolicy })));

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
});

/** Rule and resource of each finding, errors and warnings alike. */
function findings(Pack: new () => NagPack): string[] {
  const pack = new Pack();
  Aspects.of(stack).add(pack);
  const annotations = Annotations.fromStack(stack);
  return [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]
    .map(({ id, entry }) => `${/^[^:[]+/.exec(entry.data as string)} ${id.replace(/.*ServiceLinkedRole\//, '').replace('/Resource', '')}`
      .replace(`${pack.readPackName}-`, ''))
    .sort();
}

/** CDK knows a runtime for some versions before it takes it for the latest of every Region; the rule L1 wants it from the first. */
const version = ({ name }: lambda.Runtime) => Number(/^nodejs(\d+)/.exec(name)?.[1] ?? 0);
const newestVersion = Math.max(...lambda.Runtime.ALL.map(version));

describe.each(VARIANTS)('with description $description and removalPolicy $removalPolicy', (props) => {
  test('AwsSolutions has no finding but a runtime that CDK does not use by itself yet, and nothing is suppressed', () => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', props);
    const isNewest = version(lambda.Runtime.NODEJS_LATEST) === newestVersion;
    expect(findings(AwsSolutionsChecks)).toEqual(isNewest ? [] : ['L1 Handler']);
    expect(JSON.stringify(Template.fromStack(stack))).not.toContain('cdk_nag');
  });

  test.each([
    ['NIST 800-53 R5', NIST80053R5Checks, [LOG_GROUP_ENCRYPTED, ...OTHERS]],
    ['HIPAA', HIPAASecurityChecks, [LOG_GROUP_ENCRYPTED, ...OTHERS]],
    ['PCI DSS 3.2.1', PCIDSS321Checks, [LOG_GROUP_ENCRYPTED, ...PCI_OTHERS]],
  ])('%s has the findings that are documented, and no other', (_, Pack, expected) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', props);
    expect(findings(Pack)).toEqual(expected);
  });
});

test.each([
  ['NIST 800-53 R5', NIST80053R5Checks, OTHERS],
  ['HIPAA', HIPAASecurityChecks, OTHERS],
  ['PCI DSS 3.2.1', PCIDSS321Checks, PCI_OTHERS],
])('%s says nothing of the log group where one is given', (_, Pack, expected) => {
  new ElastiCacheServiceLinkedRole(stack, 'Role', { logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'encrypted') });
  expect(findings(Pack)).toEqual(expected);
});
