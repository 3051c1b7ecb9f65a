export { EnsureElastiCacheServiceLinkedRole, type EnsureElastiCacheServiceLinkedRoleProps } from './ensure';
export { ElastiCacheServiceLinkedRoleGrants } from './grants';
export { ElastiCacheServiceLinkedRolePermissions, type ElastiCacheServiceLinkedRolePermissionsProps } from './permissions';
export { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps, type IElastiCacheServiceLinkedRole } from './service-linked-role';
export { ElastiCacheServiceLinkedRoleStatements } from './statements';
