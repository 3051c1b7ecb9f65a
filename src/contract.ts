// What the library and the handler agree on. Imports nothing, because the handler is bundled with it.

/** The service that the role is linked to. */
export const SERVICE_PRINCIPAL = 'elasticache.amazonaws.com';

/** One role an account: ElastiCache takes no custom suffix. */
export const ROLE_NAME = 'AWSServiceRoleForElastiCache';

/** Only IAM can put a role there; an ordinary role of the same name is at another path. */
export const ROLE_PATH = `/aws-service-role/${SERVICE_PRINCIPAL}/`;

/** The properties of `Custom::ElastiCacheServiceLinkedRole`, as CloudFormation hands them over: all strings. */
export interface RoleProperties {
  /** Absent: the description is left alone. */
  readonly Description?: string;
  /** The age in seconds from which the role counts as usable. */
  readonly PropagationDelay: string;
  /** `'true'` where the construct asked for deletion, whatever the DeletionPolicy became since. */
  readonly DeleteRole: string;
}

/** The attributes of `Custom::ElastiCacheServiceLinkedRole`. */
export interface RoleAttributes {
  readonly RoleArn: string;
  readonly RoleName: string;
  readonly RoleId: string;
  /** ISO 8601. */
  readonly CreateDate: string;
}
