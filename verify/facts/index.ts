import { CREATION } from './creation';
import { DELETION } from './deletion';
import { DEPLOYMENTS } from './deployments';
import { DESCRIPTION } from './description';
import { FUNCTION } from './function';
import { PROPAGATION } from './propagation';
import { READ_MISSING_ROLE } from './read-missing-role';
import { STATEMENTS } from './statements';
import type { Fact } from '../fact';

/** What the docs state of AWS and a run observes, in this order. */
export const FACTS: readonly Fact[] = [
  ...READ_MISSING_ROLE, ...CREATION, ...STATEMENTS, ...PROPAGATION, ...DELETION, ...DESCRIPTION, ...FUNCTION, ...DEPLOYMENTS,
];
