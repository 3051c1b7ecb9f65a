import assert from 'node:assert/strict';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { OUTPUT, representsRole, STACK, synthesize } from './assemblies';
import { type Candidate, CANDIDATES, type DeclareProps, TITLES } from './candidates/candidate';
import { drawBars } from './charts';
import { s, type Section, table } from './report';
import { Account, DEPLOY, FORCE_DESTROY } from '../local-aws/aws-account';
import { LocalAws } from '../local-aws/local-aws';
import { ROLE_NAME } from '../src/private/role-identity';

const SCENARIOS = { absent: 'no role', old: 'a role that is a day old', recent: 'a role created ten seconds ago' } as const;
type Scenario = keyof typeof SCENARIOS;
const SECONDS_OF_AGE: Readonly<Record<Scenario, number | undefined>> = { absent: undefined, old: 24 * 3600, recent: 10 };
/** The age in seconds from which this library and upsert-slr use a role. */
const USABLE_AGE = 60;

interface Deployment {
  readonly succeeded: boolean;
  /** From the stack's first event to its last. */
  readonly seconds: number;
  /** The age of the role when the resource that represents it was complete. */
  readonly ageOfRole: number;
  readonly calls: number;
  readonly hasOutput: boolean;
  /** After the stack was given a description. */
  readonly description?: string;
  readonly isRetained: boolean;
}

/** Deploys to a new account, then a description, then deletes the stack. */
async function deploy(aws: LocalAws, candidate: Candidate, roleAge?: number): Promise<Deployment> {
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
    const deployed = {
      calls: (await account.calls()).length - callsBefore,
      ...await timesOf(account),
      hasOutput: new RegExp(`\\.${OUTPUT} = \\S*${ROLE_NAME}`).test(output),
    };
    if (succeeded) await run(DEPLOY, { destroy: true, description: 'after' });
    const description = (await account.role())?.Description;
    await run(FORCE_DESTROY, { destroy: true });
    return { succeeded, ...deployed, description, isRetained: await account.role() !== undefined };
  } finally {
    account.close();
  }
}

async function timesOf(account: Account): Promise<Pick<Deployment, 'seconds' | 'ageOfRole'>> {
  const cloudFormation = new CloudFormation(account.target.clientConfig());
  const { StackEvents: events = [] } = await cloudFormation.describeStackEvents({ StackName: STACK });
  cloudFormation.destroy();
  const { CreateDate: created } = (await account.role())!;
  const complete = events.find(({ ResourceType, ResourceStatus }) => representsRole(ResourceType!) && ResourceStatus === 'CREATE_COMPLETE');
  const secondsBetween = (start?: Date, end?: Date) => start && end ? (end.getTime() - start.getTime()) / 1000 : NaN;
  return { seconds: secondsBetween(events.at(-1)!.Timestamp, events[0].Timestamp), ageOfRole: secondsBetween(created, complete?.Timestamp) };
}

/** The candidates side by side, since their deployments mostly wait. */
async function deployEach(): Promise<Record<Scenario, Deployment>[]> {
  const aws = await LocalAws.start();
  try {
    return await Promise.all(CANDIDATES.map(async (candidate) => {
      const deployments = {} as Record<Scenario, Deployment>;
      for (const scenario of Object.keys(SCENARIOS) as Scenario[]) {
        deployments[scenario] = await deploy(aws, candidate, SECONDS_OF_AGE[scenario]);
      }
      return deployments;
    }));
  } finally {
    await aws.stop();
  }
}

/** Seconds until the stack is done and the role is old enough. */
function untilUsable({ seconds, ageOfRole }: Deployment): number {
  return seconds + Math.max(USABLE_AGE - ageOfRole, 0);
}

export async function measureDeployments(): Promise<Section> {
  const results = await deployEach();
  const row = (title: string, cell: (of: Record<Scenario, Deployment>) => string | number | boolean) =>
    [title, ...results.map((of) => `${cell(of)}`.replace('true', 'yes').replace('false', 'no'))];
  const written = (of: Deployment, seconds: number) => of.succeeded ? s(seconds) : 'fails';
  const scenarios = Object.entries(SCENARIOS) as [Scenario, string][];
  const [ours, upsert] = results;
  const age = ours.recent.ageOfRole;
  return {
    runs: 'one run each',
    targets: [
      { target: 'an old role costs two IAM calls at most', measured: `${ours.old.calls}`, met: ours.old.calls <= 2 },
      {
        target: 'and no wait: at most a second more than with upsert-slr',
        measured: `${s(ours.old.seconds)} and ${s(upsert.old.seconds)}`,
        met: ours.old.seconds - upsert.old.seconds <= 1,
      },
      {
        target: 'a role created ten seconds ago: the stack waits until it is 60 s old, and no longer',
        measured: `${age.toFixed(1)} s old`,
        met: age >= USABLE_AGE && age < USABLE_AGE + 2,
      },
    ],
    figures: table(['', ...CANDIDATES.map((candidate) => TITLES[candidate])], [
      ...scenarios.flatMap(([scenario, title]) => [
        row(`${title}: the stack is done after`, ({ [scenario]: of }) => written(of, of.seconds)),
        row(`${title}: a cache can be created after`, ({ [scenario]: of }) => written(of, untilUsable(of))),
        row(`${title}: calls of IAM by the function`, ({ [scenario]: of }) => of.calls),
      ]),
      row('deploys if the role exists', ({ old }) => old.succeeded),
      row('waits for a role that another stack just created', ({ recent }) => recent.ageOfRole >= USABLE_AGE),
      row('names an existing role in an output', ({ old }) => old.hasOutput),
      row('sets the description of an existing role', ({ old }) => old.description === 'after'),
      row('deletes a role that it created', ({ absent }) => !absent.isRetained),
      row('retains a role that it adopted', ({ old }) => old.succeeded && old.isRetained),
    ]),
    chart: {
      file: 'benchmark-deployment.svg',
      svg: drawBars(scenarios.map(([scenario, title]) => ({
        title: `${title[0].toUpperCase()}${title.slice(1)}`,
        bars: results.map(({ [scenario]: of }, i) => {
          const [value, pale] = of.succeeded ? [of.seconds, untilUsable(of) - of.seconds] : [0, 0];
          return { name: TITLES[CANDIDATES[i]], value, pale, label: written(of, value + pale) };
        }),
      }))),
    },
  };
}
