import type { Stack } from 'aws-cdk-lib';

export const PRINCIPAL = 'elasticache.amazonaws.com';
export const ROLE_NAME = 'AWSServiceRoleForElastiCache';

/** How a candidate declares the role; each has the function in a file of its own, which loads nothing of the others. */
export type Declare = (stack: Stack, props?: DeclareProps) => Declared;

export interface DeclareProps {
  readonly description?: string;
  /** Asks for the deletion of a role that the stack made, where the candidate has a way to. */
  readonly destroy?: boolean;
}

export interface Declared {
  /** What names the role in an output, if the candidate has anything that does. */
  readonly output?: string;
}
