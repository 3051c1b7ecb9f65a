import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../src';

const CUSTOM_RESOURCE = 'CustomElastiCacheServiceLinkedRole';

/** The proactive controls of Control Tower that the template does not meet, with the resource. */
function findings(props: (stack: Stack) => ElastiCacheServiceLinkedRoleProps): string[] {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  new ElastiCacheServiceLinkedRole(stack, 'Role', props(stack));
  const { templateFullPath } = app.synth().getStackByName('Stack');
  const { violations } = new CfnGuardValidator({ controlTowerRulesEnabled: true }).validate({ templatePaths: [templateFullPath] });
  return violations.flatMap(({ description, violatingResources }) => violatingResources
    .map(({ resourceLogicalId }) => `${/CT\.\w+\.PR\.\d+/.exec(description)} ${resourceLogicalId.replace(CUSTOM_RESOURCE, '')}`)).sort();
}

test('the default has findings on the log group, and on a function outside of VPCs', () => {
  expect(findings(() => ({}))).toEqual(['CT.CLOUDWATCH.PR.2 HandlerLogGroup', 'CT.CLOUDWATCH.PR.3 HandlerLogGroup', 'CT.LAMBDA.PR.3 Handler']);
});

test('there is no finding with a VPC and an encrypted log group that keeps events for a year', () => {
  expect(findings((stack) => ({
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] }),
    logGroup: new logs.LogGroup(stack, 'Logs', {
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1'),
      retention: logs.RetentionDays.ONE_YEAR,
    }),
  }))).toEqual([]);
});
