import { type Given, expectResponses, IN_USE, SEQUENCES } from './responses';
import { ScriptedIam } from './scripted-iam';

const PREPARATIONS: { readonly [G in Given]?: (iam: ScriptedIam) => void } = {
  'a regular role that uses the reserved name': (iam) => iam.createRole({ Path: '/' }),
  'deletions that stay in progress': (iam) => iam.deletionPlan = () => ({}),
  'a role in use': (iam) => iam.deletionPlan = () => ({ duration: 0, failure: IN_USE }),
};

test.each(SEQUENCES.filter(({ notModeled }) => !notModeled))('$shows', async (sequence) => {
  const iam = new ScriptedIam({ now: Date.now });
  PREPARATIONS[sequence.given!]?.(iam);

  await expectResponses(sequence, iam.client);
});
