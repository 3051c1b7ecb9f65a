import type { Fact } from '../fact';
import { CREATION } from './creation';
import { DESCRIPTION } from './description';
import { PROPAGATION } from './propagation';
import { READ_MISSING_ROLE } from './read-missing-role';
import { STATEMENTS } from './statements';

/** Everything that the docs state of AWS and that a run observes, in this order. */
export const FACTS: readonly Fact[] = [...READ_MISSING_ROLE, ...CREATION, ...STATEMENTS, ...PROPAGATION, ...DESCRIPTION];
