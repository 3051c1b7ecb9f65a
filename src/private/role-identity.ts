/** The service that assumes the role. */
export const SERVICE_PRINCIPAL = 'elasticache.amazonaws.com';

/** ElastiCache accepts no custom suffix, so the account has one role, with this name. */
export const ROLE_NAME = 'AWSServiceRoleForElastiCache';

/** Reserved by IAM for service-linked roles; a regular role cannot have it. */
export const ROLE_PATH = `/aws-service-role/${SERVICE_PRINCIPAL}/`;
