import { Duration, Reference, RemovalPolicy, Stack, Token, Tokenization } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { MAX_PROPAGATION_DELAY_SECONDS } from './custom-resource-contract';
import { DESCRIPTION_CHARACTERS, DESCRIPTION_CHARACTERS_IN_WORDS, MAX_DESCRIPTION_LENGTH } from './description-limits';

/** The props of a declaration, with the defaults filled in. */
export interface DeclarationProps {
  readonly description?: string;
  readonly removalPolicy: RemovalPolicy;
  readonly propagationDelay: Duration;
  readonly logGroup?: logs.ILogGroup;
  readonly trigger?: string;
}

/** Fills in the defaults. Throws if a value is out of bounds; the message starts with `path`. */
export function declarationProps(path: string, props: Partial<DeclarationProps>): DeclarationProps {
  // Read by name: props can be objects with getters, which a spread does not copy.
  const { description, removalPolicy = RemovalPolicy.RETAIN, propagationDelay = Duration.seconds(60), logGroup, trigger } = props;
  validateDescription(path, description);
  validateRemovalPolicy(path, removalPolicy);
  validatePropagationDelay(path, propagationDelay);
  return { description, removalPolicy, propagationDelay, logGroup, trigger };
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
      + 'Use the same props, or share one instance.');
  }
}

/** The propagation delay in seconds, which can be a fraction or a token. */
export function seconds(propagationDelay: Duration): number {
  return propagationDelay.toSeconds({ integral: false });
}

function deployedValues(scope: IConstruct, props: DeclarationProps): Record<string, string> {
  const { description, removalPolicy, propagationDelay, logGroup, trigger } = props;
  const text = (value?: string) => value === undefined ? 'not set' : resolved(scope, value);
  return {
    description: text(description),
    removalPolicy,
    propagationDelay: `${resolved(scope, seconds(propagationDelay))} s`,
    logGroup: text(logGroup?.logGroupName),
    trigger: text(trigger),
  };
}

/** What the value is in the template. References to other stacks resolve to a logical ID alone, so their path is added. */
function resolved(scope: IConstruct, value: string | number): string {
  const references = typeof value === 'string' ? Tokenization.reverseString(value).tokens.filter(Reference.isReference) : [];
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
  if (!propagationDelay.isUnresolved() && seconds(propagationDelay) > MAX_PROPAGATION_DELAY_SECONDS) {
    throw new Error(`${path}: propagationDelay is ${propagationDelay.toHumanString()}, the maximum is ${MAX_PROPAGATION_DELAY_SECONDS / 60} minutes. Shorten it.`);
  }
}
