import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../../src';

const PAGE = join(__dirname, '../../../docs/operating.md');

/** A declaration with the props that findings depend on. */
interface Variant {
  readonly name: string;
  /** The values of the column "Found" that apply to it. */
  readonly found: readonly string[];
  props(stack: Stack): ElastiCacheServiceLinkedRoleProps;
}

export const HARDENED: Variant = {
  name: 'with a VPC and an encrypted log group that keeps events for a year',
  found: ['always', 'with `vpc`'],
  props: (stack) => ({
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-12345678', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-12345678'], privateSubnetRouteTableIds: ['rtb-12345678'],
    }),
    logGroup: new logs.LogGroup(stack, 'Logs', {
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012'),
      retention: logs.RetentionDays.ONE_YEAR,
    }),
  }),
};

export const VARIANTS: readonly Variant[] = [
  { name: 'without props', found: ['always', 'without `logGroup`', 'without `vpc`'], props: () => ({}) },
  HARDENED,
  {
    name: 'with a log group of another stack',
    found: ['always', 'without `vpc`', 'with an imported `logGroup`'],
    props: (stack) => ({ logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'encrypted') }),
  },
];

/** Declares the role, with all permissions that its function can have. */
export function declareIn(app: App, variant: Variant) {
  const stack = new Stack(app, 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  const props = { removalPolicy: RemovalPolicy.DESTROY, description: 'ours', ...variant.props(stack) };
  return { stack, role: new ElastiCacheServiceLinkedRole(stack, 'Role', props) };
}

/** The rows of the page's table, of which each applies to a variant. */
const ROWS = readFileSync(PAGE, 'utf8').split('\n')
  .map((line) => line.split('|'))
  .filter((cells) => cells.length === 5 && cells[0].startsWith('`'))
  .map(([rule, resource, packs, when, remedy]) => {
    if (!VARIANTS.some(({ found }) => found.includes(when))) throw new Error(`${PAGE}: ${rule} is found "${when}", which no variant is`);
    return { rule: rule.replaceAll('`', ''), resource, packs: packs.split(', '), when, remedy };
  });

/** The rows of the page's table that apply to the variant. The rule can have what it applies to in brackets. */
export function documentedFindings(pack: string, { found }: Variant) {
  return ROWS.filter(({ packs, when }) => packs.includes(pack) && found.includes(when));
}

/** Rule and resource, without what the rule applies to. */
export function asText({ rule, resource }: { readonly rule: string; readonly resource: string }): string {
  return `${rule.replace(/\[.*/, '')} ${resource}`;
}
