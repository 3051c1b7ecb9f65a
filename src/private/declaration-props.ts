import { Duration, Reference, RemovalPolicy, Stack, Token, Tokenization } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import {
  DESCRIPTION_CHARACTERS, DESCRIPTION_CHARACTERS_IN_WORDS, MAX_DESCRIPTION_LENGTH, MAX_PROPAGATION_DELAY_SECONDS,
} from './custom-resource-contract';

/** The props of a declaration, with the defaults filled in. */
export interface DeclarationProps {
  readonly description?: string;
  readonly removalPolicy: RemovalPolicy;
  readonly propagationDelay: Duration;
  readonly logGroup?: logs.ILogGroup;
  readonly trigger?: string;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** Fills in the defaults. Throws if a value is out of bounds; the message starts with `path`. */
export function declarationProps(path: string, props: Partial<DeclarationProps>): DeclarationProps {
  refuseNull(path, { props });
  // Read by name: props can be objects with getters, which a spread does not copy.
  const { description, removalPolicy = RemovalPolicy.RETAIN, propagationDelay = Duration.seconds(60), logGroup, trigger } = props;
  const { vpc, vpcSubnets, securityGroups } = props;
  const read = { description, removalPolicy, propagationDelay, logGroup, trigger, vpc, vpcSubnets, securityGroups };
  refuseNull(path, read);
  validateDescription(path, description);
  validateRemovalPolicy(path, removalPolicy);
  validatePropagationDelay(path, propagationDelay);
  validateVpc(path, read);
  return read;
}

/** Throws if a prop, or an element of a list, is null, which JavaScript and Python can pass. An undefined prop has its default. */
export function refuseNull(path: string, props: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(props)) {
    const index = Array.isArray(value) ? value.findIndex((element) => element === null || element === undefined) : -1;
    if (value === null || index >= 0) {
      const [missing, what] = value === null ? [name, value] : [`${name}[${index}]`, (value as unknown[])[index]];
      throw new Error(`${path}: ${missing} is ${what}. Set a value, or leave it out.`);
    }
  }
}

/** Throws if two declarations of one stack would deploy different resources; the message names both and the prop. */
export function assertSameProps(
  scope: IConstruct,
  [path, props]: [string, DeclarationProps],
  [otherPath, otherProps]: [string, DeclarationProps],
): void {
  const [deployed, otherDeployed] = [deployedValues(scope, props), deployedValues(scope, otherProps)];
  const prop = Object.keys(deployed).find((name) => deployed[name] !== otherDeployed[name]);
  if (prop) {
    throw new Error(`${path} and ${otherPath} declare the service-linked role in one stack with different ${prop}: ${deployed[prop]} and ${otherDeployed[prop]}. `
      + 'Use the same props, or one construct.');
  }
}

/** The propagation delay in seconds, which can be a fraction or a token. */
export function seconds(propagationDelay: Duration): number {
  return propagationDelay.toSeconds({ integral: false });
}

function deployedValues(scope: IConstruct, props: DeclarationProps): Record<string, string> {
  const { description, removalPolicy, propagationDelay, logGroup, trigger, vpc, vpcSubnets, securityGroups = [] } = props;
  const text = (value?: string) => value === undefined ? 'not set' : resolved(scope, value);
  const list = (values: string[] = []) => values.length === 0 ? 'not set' : resolved(scope, values);
  return {
    description: text(description),
    removalPolicy,
    propagationDelay: `${resolved(scope, seconds(propagationDelay))} s`,
    logGroup: text(logGroup?.logGroupName),
    trigger: text(trigger),
    vpc: text(vpc?.vpcId),
    vpcSubnets: list(vpc?.selectSubnets(vpcSubnets).subnetIds),
    securityGroups: list(securityGroups.map(({ securityGroupId }) => securityGroupId)),
  };
}

/** What the value is in the template. References to other stacks resolve to a logical ID alone, so their path is added. */
function resolved(scope: IConstruct, value: string | number | string[]): string {
  const references = [value].flat().flatMap((each) => typeof each === 'string' ? Tokenization.reverseString(each).tokens : []).filter(Reference.isReference);
  return [JSON.stringify(Stack.of(scope).resolve(value)), ...references.map(({ target }) => target.node.path)].join(' of ');
}

function validateDescription(path: string, description?: string): void {
  if (description === undefined || Token.isUnresolved(description)) {
    return;
  }
  if (description.length > MAX_DESCRIPTION_LENGTH) {
    throw new Error(`${path}: description has ${description.length} characters, IAM accepts at most ${MAX_DESCRIPTION_LENGTH}. Shorten it.`);
  }
  const [rejected] = new RegExp(`[^${DESCRIPTION_CHARACTERS}]`, 'u').exec(description) ?? [];
  if (rejected) {
    const codePoint = `U+${rejected.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
    throw new Error(`${path}: description contains ${codePoint} '${rejected}' at position ${description.indexOf(rejected) + 1}. `
      + `Use only ${DESCRIPTION_CHARACTERS_IN_WORDS}.`);
  }
}

function validateRemovalPolicy(path: string, removalPolicy: RemovalPolicy): void {
  if (removalPolicy === RemovalPolicy.SNAPSHOT) {
    throw new Error(`${path}: removalPolicy is '${removalPolicy}', but a role has no snapshots. Use RETAIN, RETAIN_ON_UPDATE_OR_DELETE, or DESTROY.`);
  }
}

function validatePropagationDelay(path: string, propagationDelay: Duration): void {
  const isInBounds = seconds(propagationDelay) <= MAX_PROPAGATION_DELAY_SECONDS; // not for NaN
  if (!propagationDelay.isUnresolved() && !isInBounds) {
    throw new Error(`${path}: propagationDelay is ${seconds(propagationDelay)} s. Set it to 0 to ${MAX_PROPAGATION_DELAY_SECONDS} s.`);
  }
}

function validateVpc(path: string, { vpc, vpcSubnets, securityGroups = [] }: DeclarationProps): void {
  if (!vpc) {
    const name = vpcSubnets ? 'vpcSubnets' : securityGroups.length > 0 ? 'securityGroups' : undefined;
    if (name) {
      throw new Error(`${path}: ${name} is set, but vpc is not. Set vpc, or leave ${name} out.`);
    }
    return;
  }
  const { subnetIds } = vpc.selectSubnets(vpcSubnets);
  const publicSubnets = new Set(vpc.publicSubnets.map(({ subnetId }) => subnetId));
  const reason = subnetIds.length === 0 ? 'no subnet'
    : subnetIds.some((subnetId) => publicSubnets.has(subnetId)) ? 'public subnets, where a function cannot reach IAM' : undefined;
  if (reason) {
    throw new Error(`${path}: ${vpcSubnets ? 'vpcSubnets' : 'the default of vpcSubnets'} selects ${reason}. Select private subnets.`);
  }
}
