import { type Given, expectResponses, IN_USE, SEQUENCES } from './responses';
import { ScriptedIam } from './scripted-iam';

const PREPARATIONS: Record<Given, (iam: ScriptedIam) => void> = {
  'a denied creation': (iam) => iam.denied.add('createServiceLinkedRole'),
  'a regular role that uses the reserved name': (iam) => iam.createRole({ Path: '/' }),
  'deletions that stay in progress': (iam) => iam.deletionPlan = () => ({}),
  'a role in use': (iam) => iam.deletionPlan = () => ({ duration: 0, failure: IN_USE }),
};

test.each(SEQUENCES)('the model: $shows', async (sequence) => {
  const iam = new ScriptedIam({ now: Date.now });
  if (sequence.given) {
    PREPARATIONS[sequence.given](iam);
  }

  await expectResponses(sequence, iam.client);
});
