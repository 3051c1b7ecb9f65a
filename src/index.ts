export * from './service-linked-role';
export * from './service-linked-role-aspect';
export * from './service-linked-role-grants';
export * from './service-linked-role-permissions';
export * from './service-linked-role-statements';
