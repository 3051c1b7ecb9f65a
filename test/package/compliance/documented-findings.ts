import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../../src';

const PAGE = join(__dirname, '../../../docs/operating.md');

/** The props that findings depend on: none, a VPC with an encrypted log group that keeps events for a year, or a log group of another stack. */
export type Variant = 'bare' | 'vpc and logGroup' | 'imported logGroup';
export const VARIANTS: readonly Variant[] = ['bare', 'vpc and logGroup', 'imported logGroup'];

/** Column "Found" of the page -> the variants. */
const FOUND: Readonly<Record<string, readonly Variant[]>> = {
  'always': VARIANTS,
  'without `logGroup`': ['bare'],
  'without `vpc`': ['bare', 'imported logGroup'],
  'with `vpc`': ['vpc and logGroup'],
  'with an imported `logGroup`': ['imported logGroup'],
};

/** A row of the table. */
export interface DocumentedFinding {
  /** In cdk-nag without the pack, and with what it applies to in brackets. */
  readonly rule: string;
  /** The end of a path, or of a logical ID. */
  readonly resource: string;
  readonly packs: readonly string[];
  readonly variants: readonly Variant[];
  /** A prop, or the reason of an acknowledgement. */
  readonly remedy: string;
}

const text = (cell: string) => cell.replaceAll('`', '').trim();

export const DOCUMENTED_FINDINGS: readonly DocumentedFinding[] = readFileSync(PAGE, 'utf8').split('\n')
  .map((line) => line.split('|'))
  .filter((cells) => cells.length === 5 && FOUND[cells[3]])
  .map(([rule, resource, packs, found, remedy]) => ({
    rule: text(rule), resource: text(resource), packs: text(packs).split(', '), variants: FOUND[found], remedy: text(remedy),
  }));

/** Rule and resource of each finding that the page lists. */
export function documentedFindings(pack: string, variant: Variant): string[] {
  return DOCUMENTED_FINDINGS.filter(({ packs, variants }) => packs.includes(pack) && variants.includes(variant))
    .map(({ rule, resource }) => `${rule.replace(/\[.*/, '')} ${resource}`).sort();
}

/** Declares the role. */
export function declareIn(app: App, variant: Variant, props: ElastiCacheServiceLinkedRoleProps = {}) {
  const stack = new Stack(app, 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  const role = new ElastiCacheServiceLinkedRole(stack, 'Role', { ...props, ...propsOf(variant, stack) });
  return { stack, role };
}

function propsOf(variant: Variant, stack: Stack): ElastiCacheServiceLinkedRoleProps {
  switch (variant) {
    case 'bare':
      return {};
    case 'imported logGroup':
      return { logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'encrypted') };
    case 'vpc and logGroup':
      return {
        vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
          vpcId: 'vpc-12345678', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-12345678'], privateSubnetRouteTableIds: ['rtb-12345678'],
        }),
        logGroup: new logs.LogGroup(stack, 'Logs', {
          encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012'),
          retention: logs.RetentionDays.ONE_YEAR,
        }),
      };
  }
}
