import { DeployedCandidate, type Outcome } from './deployed-candidate';
import { median, ofEach } from './processes';
import { type Candidate, CANDIDATES, type Deployment, type OfEach, type Scenario, SCENARIOS } from './results';
import type { LocalAws } from '../local-aws/local-aws';

const RUNS = 3;
/** What takes longer waits for the role, and is run once. */
const LONGEST_WITHOUT_WAIT_SECONDS = 20;

const PREPARATIONS: Record<Scenario, (deployed: DeployedCandidate) => Promise<void>> = {
  absent: async () => {},
  old: (deployed) => deployed.createRole(),
  recent: (deployed) => deployed.createRole(10),
};

async function deploy(deployed: DeployedCandidate, scenario: Scenario): Promise<Outcome & Pick<Deployment, 'ageSeconds'>> {
  await PREPARATIONS[scenario](deployed);
  const outcome = await deployed.deploy();
  const ageSeconds = outcome.succeeded ? await deployed.ageWhenComplete() : undefined;
  deployed.account.close();
  return { ...outcome, ageSeconds };
}

async function measure(aws: LocalAws, candidate: Candidate, scenario: Scenario): Promise<Deployment> {
  const runs: Awaited<ReturnType<typeof deploy>>[] = [];
  do {
    runs.push(await deploy(new DeployedCandidate(aws, candidate), scenario));
  } while (runs[0].seconds < LONGEST_WITHOUT_WAIT_SECONDS && runs.length < RUNS);
  const [{ succeeded, ageSeconds, calls }] = runs;
  return { seconds: succeeded ? median(runs.map((run) => run.seconds)) : undefined, ageSeconds, calls };
}

/** One after the other, with nothing else going on: the real CLI, its waits and all. */
export function measureDeployments(aws: LocalAws): Promise<Record<Scenario, OfEach<Deployment>>> {
  return ofEach(Object.keys(SCENARIOS) as Scenario[], (scenario) => ofEach(CANDIDATES, (candidate) => measure(aws, candidate, scenario)));
}
