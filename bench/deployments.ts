import assert from 'node:assert/strict';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { OUTPUT, representsRole, STACK, synthesize } from './assemblies';
import { type Candidate, CANDIDATES, type DeclareProps, TITLES } from './candidates/candidate';
import { s, type Section, table } from './report';
import { Account, DEPLOY, FORCE_DESTROY } from '../local-aws/aws-account';
import { LocalAws } from '../local-aws/local-aws';
import { ROLE_NAME } from '../src/private/role-identity';

const SCENARIOS = {
  absent: { title: 'no role', roleAge: undefined },
  old: { title: 'a role that is a day old', roleAge: 24 * 3600 },
  recent: { title: 'a role created ten seconds ago', roleAge: 10 },
};
type Scenario = keyof typeof SCENARIOS;
/** The age in seconds from which this library and upsert-slr use a role. */
const USABLE_AGE = 60;

type Deployment = Awaited<ReturnType<typeof deploy>>;

/** Deploys to a new account, then a description if the role existed before, then deletes the stack. */
async function deploy(aws: LocalAws, candidate: Candidate, roleAge?: number) {
  const account = new Account(aws);
  const run = (command: readonly string[], props: DeclareProps) => account.cdk([...command, '--app', synthesize(candidate, props).directory, STACK]);
  try {
    const BucketName = `cdk-hnb659fds-assets-${account.id}-us-east-1`; // as in a bootstrapped account
    await account.stack('Assets').deployTemplate(JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName } } } }), {});
    if (roleAge !== undefined) {
      await account.configure({ roleAge });
      await account.createRole('before');
      await account.configure({ roleAge: 0 });
    }
    const callsBefore = (await account.calls()).length;
    const { succeeded, output } = await run(DEPLOY, { destroy: true })
      .then((text) => ({ succeeded: true, output: text }), ({ message }: Error) => ({ succeeded: false, output: message }));
    assert.ok(succeeded || output.includes('has been taken in this account'), output);
    const calls = (await account.calls()).length - callsBefore;
    const times = await timesOf(account);
    if (succeeded && roleAge !== undefined) await run(DEPLOY, { destroy: true, description: 'after' });
    const description = (await account.role())?.Description;
    await run(FORCE_DESTROY, { destroy: true });
    return {
      succeeded,
      calls,
      ...times,
      hasOutput: new RegExp(`\\.${OUTPUT} = \\S*${ROLE_NAME}`).test(output),
      isDescribed: description === 'after',
      isRetained: await account.role() !== undefined,
    };
  } finally {
    account.close();
  }
}

/** The seconds from the stack's first event to its last, and until a cache can be created; and the role's age when its resource was complete. */
async function timesOf(account: Account) {
  const cloudFormation = new CloudFormation(account.target.clientConfig());
  const { StackEvents: events = [] } = await cloudFormation.describeStackEvents({ StackName: STACK });
  cloudFormation.destroy();
  const { CreateDate: created } = (await account.role())!;
  const complete = events.find(({ ResourceType, ResourceStatus }) => representsRole(ResourceType!) && ResourceStatus === 'CREATE_COMPLETE');
  const secondsBetween = (start?: Date, end?: Date) => start && end ? (end.getTime() - start.getTime()) / 1000 : NaN;
  const seconds = secondsBetween(events.at(-1)!.Timestamp, events[0].Timestamp);
  const ageOfRole = secondsBetween(created, complete?.Timestamp);
  return { seconds, ageOfRole, secondsUntilUsable: seconds + Math.max(USABLE_AGE - ageOfRole, 0) };
}

/** Deploys in each scenario in turn. */
async function deployEach(aws: LocalAws, candidate: Candidate) {
  const deployments = {} as Record<Scenario, Deployment>;
  for (const [scenario, { roleAge }] of Object.entries(SCENARIOS)) {
    deployments[scenario as Scenario] = await deploy(aws, candidate, roleAge);
  }
  return deployments;
}

export async function measureDeployments(): Promise<Section> {
  const aws = await LocalAws.start();
  // The candidates side by side, since their deployments mostly wait.
  const results = await Promise.all(CANDIDATES.map((candidate) => deployEach(aws, candidate))).finally(() => aws.stop());

  const row = (title: string, cell: (of: Record<Scenario, Deployment>) => string | number | boolean) =>
    [title, ...results.map((of) => `${cell(of)}`.replace('true', 'yes').replace('false', 'no'))];
  const written = (of: Deployment, seconds: number) => of.succeeded ? s(seconds) : 'fails';
  const [ours, upsert] = results;
  return {
    runs: 'one run each',
    targets: [{
      target: 'an old role costs no wait: at most a second more than with upsert-slr',
      measured: `${s(ours.old.seconds)} and ${s(upsert.old.seconds)}`,
      met: ours.old.seconds - upsert.old.seconds <= 1,
    }],
    figures: table(['', ...CANDIDATES.map((candidate) => TITLES[candidate])], [
      ...(Object.keys(SCENARIOS) as Scenario[]).flatMap((scenario) => [
        row(`${SCENARIOS[scenario].title}: the stack is done after`, ({ [scenario]: of }) => written(of, of.seconds)),
        row(`${SCENARIOS[scenario].title}: a cache can be created after`, ({ [scenario]: of }) => written(of, of.secondsUntilUsable)),
        row(`${SCENARIOS[scenario].title}: calls of IAM by the function`, ({ [scenario]: of }) => of.calls),
      ]),
      row('deploys if the role exists', ({ old }) => old.succeeded),
      row('waits for a role that another stack just created', ({ recent }) => recent.ageOfRole >= USABLE_AGE),
      row('names an existing role in an output', ({ old }) => old.hasOutput),
      row('sets the description of an existing role', ({ old }) => old.isDescribed),
      row('deletes a role that it created', ({ absent }) => !absent.isRetained),
      row('retains a role that it adopted', ({ old }) => old.succeeded && old.isRetained),
    ]),
  };
}
