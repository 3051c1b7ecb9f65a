import { CREATION } from './creation';
import { DELETION } from './deletion';
import { DESCRIPTION } from './description';
import { ELASTICACHE } from './elasticache';
import { STATEMENTS } from './statements';
import { CASES } from '../../local-aws/deployment-cases';
import { type Fact, facts } from '../fact';

const NOT_VERIFIED = 'README.md: not yet verified on an AWS account';
const PASSES = { expected: 'passes', agrees: (seen: string) => seen.startsWith('passes') };

/** On the local AWS, these are tests in test/deployments. */
const DEPLOYMENTS = facts('Deployments', 'no role', CASES.map((each) => [each.name, each.sentence ?? NOT_VERIFIED, PASSES, async (run) => {
  const words = await each.run(run);
  return words ? `passes. CloudFormation reports: ${words}` : 'passes';
}])).map((fact) => ({ ...fact, notLocal: true }));

/** What the docs state of AWS and a run observes, in this order. */
export const FACTS: readonly Fact[] = [...STATEMENTS, ...CREATION, ...ELASTICACHE, ...DELETION, ...DESCRIPTION, ...DEPLOYMENTS];
