import assert from 'node:assert/strict';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { OUTPUT, type StackProps } from './assemblies';
import { ROLE_NAME } from './candidates/candidate';
import { DeployedCandidate, type Outcome } from './deployed-candidate';
import { ofEach } from './processes';
import { type Behaviour, BEHAVIOURS, CANDIDATES, type Observation, type OfEach, USABLE_AGE } from './results';
import type { Fault, LocalAws } from '../local-aws/local-aws';

/** Longer than the longest time-out of a function that only its time-out ends: that of upsert-slr's, 3 minutes. */
const END_AFTER_SECONDS = 200;
/** Two cores: each of these is a process that works, a server that works, or a wait. */
const AT_ONCE = 4;

const RUNS: Record<Behaviour, (deployed: DeployedCandidate) => Promise<Observation>> = {
  async adopts(deployed) {
    const { adopted } = await adopt(deployed);
    return { holds: adopted, observed: adopted ? 'deployed' : 'failed' };
  },

  async regularRole(deployed) {
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    });
    const { Role: role } = await deployed.account.iam.send(new CreateRoleCommand({ RoleName: ROLE_NAME, AssumeRolePolicyDocument }));
    const outcome = await deployed.deploy();
    if (outcome.succeeded) {
      return { holds: false, observed: 'takes it for the service-linked role' };
    }
    assert.match(outcome.output, new RegExp(ROLE_NAME));
    const named = outcome.output.includes(role!.Arn!);
    return { holds: named, observed: named ? 'failed and named its ARN' : 'failed and only said that the name is taken' };
  },

  async outputs(deployed) {
    const created = succeeding(await deployed.deploy({ output: true }));
    const adopting = deployed.inAnotherAccount();
    const { adopted, outcome } = await adopt(adopting, { output: true });
    adopting.account.close();
    const names = ({ output }: Outcome) => new RegExp(`\\.${OUTPUT} = .*${ROLE_NAME}`).test(output);
    const both = adopted && names(outcome);
    return { holds: names(created) && both, observed: names(created) ? both ? 'both' : 'only when created' : 'none' };
  },

  async description(deployed) {
    const { adopted } = await adopt(deployed, { description: 'after' });
    const { Description: found } = (await deployed.account.role())!;
    assert.ok(found === 'after' || found === 'before', found);
    return { holds: found === 'after', observed: found === 'after' ? 'set' : adopted ? 'left as it was' : 'cannot adopt' };
  },

  async waits(deployed) {
    await deployed.createRole(10);
    const { succeeded } = await deployed.deploy();
    const age = succeeded ? await deployed.ageWhenComplete() : undefined;
    return { holds: age !== undefined && age >= USABLE_AGE, observed: age === undefined ? 'cannot adopt' : `done when it was ${Math.round(age)} s old` };
  },

  async ownership(deployed) {
    const props = { destroy: true };
    succeeding(await deployed.deploy(props));
    assert.ok(await deployed.account.role());
    succeeding(await deployed.destroy(props));
    const deletesOwn = !await deployed.account.role();

    const adopting = deployed.inAnotherAccount();
    const { adopted } = await adopt(adopting, props);
    if (adopted) {
      succeeding(await adopting.destroy(props));
    }
    const keepsAdopted = Boolean(await adopting.account.role());
    adopting.account.close();
    const observed = [deletesOwn ? 'deletes its own' : 'never deletes', adopted ? keepsAdopted ? 'keeps an adopted one' : 'deletes an adopted one' : 'cannot adopt'];
    return { holds: deletesOwn && adopted && keepsAdopted, observed: observed.join(', ') };
  },

  async users(deployed) {
    const props = { destroy: true };
    succeeding(await deployed.deploy(props));
    const user = 'arn:aws:elasticache:eu-west-1:123456789012:serverlesscache:sessions';
    await deployed.configure({ inUse: { Reason: 'The role is in use.', RoleUsageList: [{ Region: 'eu-west-1', Resources: [user] }] } });
    const { succeeded, output } = await deployed.destroy(props);
    assert.ok(await deployed.account.role());
    const isNamed = output.includes(user);
    return { holds: isNamed, observed: succeeded ? 'succeeded without a message, and the role remains' : isNamed ? 'failed and named the ARN' : 'failed and did not name it' };
  },

  throttlingTwice: (deployed) => throttle(deployed, 2),
  throttling: (deployed) => throttle(deployed, 5),

  async deadline(deployed) {
    await deployed.configure({ hangs: true });
    const { succeeded, seconds } = await deployed.deploy({}, END_AFTER_SECONDS);
    assert.ok(!succeeded);
    // The local AWS waits an hour for a response, as CloudFormation does.
    const hasResponded = seconds < END_AFTER_SECONDS;
    return { holds: hasResponded, observed: hasResponded ? `failed after ${Math.round(seconds)} s` : `no response after ${END_AFTER_SECONDS} s` };
  },

  async bootstrap(deployed) {
    try {
      succeeding(await deployed.deploy({ bootstrapless: true }));
      return { holds: true, observed: 'deployed' };
    } catch (error) {
      assert.match((error as Error).message, /Cannot add assets/);
      return { holds: false, observed: 'has assets' };
    }
  },
};

/** What has to work for an observation to mean anything. */
function succeeding(outcome: Outcome): Outcome {
  assert.ok(outcome.succeeded, outcome.output);
  return outcome;
}

/** Deploys where a role has been there for a day; fails at a failure for any other reason than that role. */
async function adopt(deployed: DeployedCandidate, props?: StackProps) {
  await deployed.createRole(undefined, 'before');
  const outcome = await deployed.deploy(props);
  assert.ok(outcome.succeeded || outcome.output.includes('has been taken in this account'), outcome.output);
  return { adopted: outcome.succeeded, outcome };
}

async function throttle(deployed: DeployedCandidate, times: number): Promise<Observation> {
  const fault: Fault = { code: 'Throttling', status: 400, message: 'Rate exceeded', times };
  await deployed.configure({ roleAge: 3600, faults: { GetRole: fault, CreateServiceLinkedRole: fault } });
  const { succeeded, seconds, calls } = await deployed.deploy();
  assert.ok(calls.includes('CreateServiceLinkedRole Throttling') || calls.includes('GetRole Throttling'), calls.join());
  return { holds: succeeded, observed: succeeded ? `deployed in ${Math.round(seconds)} s` : 'failed' };
}

/** Of CloudFormation's own resource, for which the local AWS stands in, it is not documented what it would do. */
const UNDOCUMENTED_OF_NATIVE: readonly Behaviour[] = ['users', 'throttlingTwice', 'throttling', 'deadline'];

export async function observeBehaviour(local: LocalAws): Promise<Record<Behaviour, OfEach<Observation>>> {
  const behaviours = Object.keys(BEHAVIOURS) as Behaviour[];
  const results = await ofEach(behaviours, () => ofEach(CANDIDATES, (): Observation => ({ observed: 'not run' })));
  const left = behaviours.flatMap((behaviour) => CANDIDATES.map((candidate) => ({ behaviour, candidate })))
    .filter(({ behaviour, candidate }) => candidate !== 'native' || !UNDOCUMENTED_OF_NATIVE.includes(behaviour));
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { behaviour, candidate } = next;
      const deployed = new DeployedCandidate(local, candidate);
      results[behaviour][candidate] = await RUNS[behaviour](deployed);
      deployed.account.close();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
