import { App, Aspects, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../src';

/** The findings of other packs with the default props. */
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
    .map(({ id, entry }) => `${/^[^:[]+/.exec(entry.data as string)} ${id.replace(/^\/Stack\/Role\//, '').replace('/Resource', '')}`
      .replace(`${pack.readPackName}-`, ''))
    .sort();
}

/** CDK knows a runtime before it is the latest of every Region. The rule L1 requires it from the first. */
const version = ({ name }: lambda.Runtime) => Number(/^nodejs(\d+)/.exec(name)?.[1] ?? 0);
const newestVersion = Math.max(...lambda.Runtime.ALL.map(version));
const RUNTIME = version(lambda.Runtime.NODEJS_LATEST) === newestVersion ? [] : ['L1 Handler'];

describe.each(VARIANTS)('with description $description and removalPolicy $removalPolicy', (props) => {
  test('AwsSolutions has no finding other than a runtime that CDK does not use yet, and nothing is suppressed', () => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', props);
    expect(findings(AwsSolutionsChecks)).toEqual(RUNTIME);
    expect(JSON.stringify(Template.fromStack(stack))).not.toContain('cdk_nag');
  });

  test.each([
    ['NIST 800-53 R5', NIST80053R5Checks, [LOG_GROUP_ENCRYPTED, ...OTHERS]],
    ['HIPAA', HIPAASecurityChecks, [LOG_GROUP_ENCRYPTED, ...OTHERS]],
    ['PCI DSS 3.2.1', PCIDSS321Checks, [LOG_GROUP_ENCRYPTED, ...PCI_OTHERS]],
  ])('%s has the documented findings and no other', (_, Pack, expected) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', props);
    expect(findings(Pack)).toEqual(expected);
  });
});

describe.each<[string, (scope: Stack) => logs.ILogGroup, string[]]>([
  // A wildcard for the streams of the log group: the Arn attribute of a log group has it as well, where cdk-nag does not read it.
  ['imported', (scope) => logs.LogGroup.fromLogGroupName(scope, 'Logs', 'encrypted'), ['IAM5 HandlerRole']],
  ['of the stack', (scope) => new logs.LogGroup(scope, 'Logs', { encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1') }), []],
])('with a log group that is %s', (_, logGroup, awsSolutions) => {
  test.each([
    ['AwsSolutions', AwsSolutionsChecks, [...awsSolutions, ...RUNTIME]],
    ['NIST 800-53 R5', NIST80053R5Checks, OTHERS],
    ['HIPAA', HIPAASecurityChecks, OTHERS],
    ['PCI DSS 3.2.1', PCIDSS321Checks, PCI_OTHERS],
  ])('%s has the documented findings and no other', (__, Pack, expected) => {
    new ElastiCacheServiceLinkedRole(stack, 'Role', { logGroup: logGroup(stack) });
    expect(findings(Pack)).toEqual(expected);
  });
});
