import { CREATION } from './creation';
import { DELETION } from './deletion';
import { DESCRIPTION } from './description';
import { FUNCTION } from './function';
import { PROPAGATION } from './propagation';
import { READING_MISSING_ROLE, STATEMENTS } from './statements';
import { CASES } from '../../local-aws/deployment-cases';
import { type Fact, facts } from '../fact';

const NOT_VERIFIED = 'README.md: not yet verified on an AWS account';
const PASSES = { expected: 'passes', agrees: (seen: string) => seen.startsWith('passes') };

const DEPLOYMENTS = facts('Deployments', 'no role', CASES.map(([name, deploy, sentence = NOT_VERIFIED]) => [name, sentence, PASSES, async (run) => {
  const words = await deploy(run);
  return words ? `passes. CloudFormation reports: ${words}` : 'passes';
}, { notLocal: 'it is a test in test/deployments' }]));

/** What the docs state of AWS and a run observes, in this order. */
export const FACTS: readonly Fact[] = [
  ...READING_MISSING_ROLE, ...CREATION, ...STATEMENTS, ...PROPAGATION, ...DELETION, ...DESCRIPTION, ...FUNCTION, ...DEPLOYMENTS,
];
