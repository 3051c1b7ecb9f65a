import { App, Aspects, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../src';

/** The findings of other packs with any props. */
const OTHERS = ['IAMNoInlinePolicy HandlerRole', 'LambdaConcurrency Handler', 'LambdaDLQ Handler', 'LambdaInsideVPC Handler'];
const PCI_OTHERS = ['IAMNoInlinePolicy HandlerRole', 'LambdaInsideVPC Handler'];

const VARIANTS: ElastiCacheServiceLinkedRoleProps[] = [undefined, RemovalPolicy.DESTROY, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE]
  .flatMap((removalPolicy) => [{ removalPolicy }, { removalPolicy, description: 'ours' }]);

/** Rule and resource of each finding in the stack, errors and warnings alike. */
function findings(stack: Stack, Pack: new () => NagPack): string[] {
  const pack = new Pack();
  Aspects.of(stack).add(pack);
  const annotations = Annotations.fromStack(stack);
  return [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]
    .map(({ id, entry }) => `${/^[^:[]+/.exec(entry.data as string)} ${id.replace(/^\/Stack\/Role\//, '').replace('/Resource', '')}`
      .replace(`${pack.readPackName}-`, ''))
    .sort();
}

describe.each<[string, (scope: Stack) => ElastiCacheServiceLinkedRoleProps, string[], string[]]>([
  ...VARIANTS.map((props): [string, () => ElastiCacheServiceLinkedRoleProps, string[], string[]] =>
    [JSON.stringify(props), () => props, [], ['CloudWatchLogGroupEncrypted LogGroup']]),
  // A wildcard for the streams of the log group: the Arn attribute of a log group has it as well, where cdk-nag does not read it.
  ['an imported log group', (scope) => ({ logGroup: logs.LogGroup.fromLogGroupName(scope, 'Logs', 'encrypted') }), ['IAM5 HandlerRole'], []],
  ['a log group of the stack', (scope) => ({
    logGroup: new logs.LogGroup(scope, 'Logs', { encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1') }),
  }), [], []],
])('with %s', (_, props, awsSolutions, others) => {
  test.each([
    ['AwsSolutions', AwsSolutionsChecks, awsSolutions],
    ['NIST 800-53 R5', NIST80053R5Checks, [...others, ...OTHERS]],
    ['HIPAA', HIPAASecurityChecks, [...others, ...OTHERS]],
    ['PCI DSS 3.2.1', PCIDSS321Checks, [...others, ...PCI_OTHERS]],
  ])('%s has the documented findings and no other, and nothing is suppressed', (__, Pack, expected) => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
    new ElastiCacheServiceLinkedRole(stack, 'Role', props(stack));
    expect(findings(stack, Pack)).toEqual(expected);
    expect(JSON.stringify(Template.fromStack(stack))).not.toContain('cdk_nag');
  });
});
