import type { Declare } from './candidate';

/** The empty app, which the others are measured against. */
export const declare: Declare = () => undefined;
