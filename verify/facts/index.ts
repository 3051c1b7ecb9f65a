import { CREATION } from './creation';
import { DELETION } from './deletion';
import { DESCRIPTION } from './description';
import { FUNCTION } from './function';
import { PROPAGATION } from './propagation';
import { READING_MISSING_ROLE, STATEMENTS } from './statements';
import { CASES } from '../../local-aws/deployment-cases';
import type { Fact } from '../fact';

const DEPLOYMENTS = CASES.map(({ name, sentence = 'README.md: not yet verified on an AWS account', run: deploy }): Fact => ({
  topic: 'Deployments',
  name,
  sentence,
  expected: 'passes',
  agrees: (seen) => seen.startsWith('passes'),
  notLocal: 'it is a test in test/deployments',
  given: 'no role',
  observe: async (run) => {
    const words = await deploy(run);
    return words ? `passes. CloudFormation reports: ${words}` : 'passes';
  },
}));

/** What the docs state of AWS and a run observes, in this order. */
export const FACTS: readonly Fact[] = [
  ...READING_MISSING_ROLE, ...CREATION, ...STATEMENTS, ...PROPAGATION, ...DELETION, ...DESCRIPTION, ...FUNCTION, ...DEPLOYMENTS,
];
