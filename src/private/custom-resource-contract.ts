// What library and handler agree on. It imports nothing.

export const RESOURCE_TYPE = 'Custom::ElastiCacheServiceLinkedRole';

/** The properties of the custom resource. CloudFormation passes them as strings. */
export interface RoleProperties {
  /** Absent: the handler keeps the current description. */
  readonly Description?: string;
  /** The minimum age of the role, in seconds. */
  readonly PropagationDelay: string;
  /** The removal policy of the construct, as CDK spells it. Each policy has its own value, so that CloudFormation deploys a changed one. */
  readonly RemovalPolicy: string;
  /** Not read by the handler: a changed value makes CloudFormation send an Update event. */
  readonly Trigger?: string;
}

/** The same, as the handler receives them: an edited template can have anything else. */
export type ReceivedProperties = { readonly [Name in keyof RoleProperties]?: unknown };

/** The attributes of the custom resource. */
export interface RoleAttributes {
  readonly RoleArn: string;
  readonly RoleName: string;
  readonly RoleId: string;
  /** In ISO 8601. */
  readonly CreateDate: string;
}

/** The removal policies under which the handler can delete the role. Under every other, and without one, it retains the role. */
export const DELETING_POLICIES: readonly string[] = ['destroy', 'retain-on-update-or-delete'];

/** Lambda ends the function after 15 minutes. */
export const MAX_PROPAGATION_DELAY_SECONDS = 600;

/** The longest description that IAM accepts, in characters. */
export const MAX_DESCRIPTION_LENGTH = 1_000;

/** The characters that IAM accepts in a description, as a class of a regular expression. */
export const DESCRIPTION_CHARACTERS = '\\t\\n\\r\\u0020-\\u007E\\u00A1-\\u00FF';

/** The same, for people. */
export const DESCRIPTION_CHARACTERS_IN_WORDS = 'tab, line feed, carriage return, U+0020 to U+007E, and U+00A1 to U+00FF';
