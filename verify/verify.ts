import { readFileSync, writeFileSync } from 'node:fs';
import { parseArguments, Refusal } from './arguments';
import { describe } from './errors';
import type { Fact } from './fact';
import { identify, refuseExistingRole, refuseUsedAccount } from './guards';
import { NOT_RUN, pageOfRun, pageWithoutRun, type Result } from './report';
import { Run, seconds } from './run';
import type { Target } from '../local-aws/aws-account';
import { LocalAws } from '../local-aws/local-aws';

export interface Dependencies {
  readonly facts: readonly Fact[];
  readonly log: (line: string) => void;
  /** Interrupts the run, which then cleans up. */
  readonly signal: AbortSignal;
  /** The file that the results of an account are written to, and the facts until then. */
  readonly page: string;
}

/** Runs the command. Returns its exit code: 0 if everything is as expected and nothing is left. */
export async function verify(args: readonly string[], dependencies: Dependencies): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed) return await verifyAccount(accountOf(parsed), parsed.mayDeleteRole, dependencies);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    dependencies.log(error.message);
    return 2;
  }
  const local = await LocalAws.start();
  try {
    return await verifyAccount(local.target(), false, dependencies);
  } finally {
    await local.stop();
  }
}

/** An account of AWS, with the credentials that the SDK and the CLI find. */
function accountOf({ account, region }: { readonly account: string; readonly region: string }): Target {
  return {
    account,
    clientConfig: (other = region) => ({ region: other, maxAttempts: 10, retryMode: 'adaptive' }),
    env: () => ({ ...process.env as Record<string, string>, AWS_REGION: region, AWS_DEFAULT_REGION: region }),
  };
}

/** The same for an account that is known. */
export async function verifyAccount(target: Target, mayDeleteRole: boolean, { facts, log, signal, page }: Dependencies): Promise<number> {
  const run = new Run(target, await identify(target), log, signal);
  try {
    log(plan(run, facts.length));
    await refuseUsedAccount(target);
    const role = await run.role();
    refuseExistingRole(role, mayDeleteRole);

    const results = await observeAll(run, facts, signal);
    const leftovers = await run.cleanUp(run.restoring(role));

    leftovers.forEach(({ description, command }) => log(`left behind: ${description}. To delete it: ${command}`));
    if (signal.aborted) {
      log('interrupted: no result is written');
      return 130;
    }
    const differing = results.filter(({ agrees }) => !agrees);
    log(`${results.length} facts observed, ${differing.length} differ`);
    differing.forEach(({ fact, seen }) => log(`  ${fact.topic}: ${fact.name}: expected ${fact.expected}, seen ${seen}. Depends on it: ${fact.sentence}`));
    if (!run.isLocal) {
      writeFileSync(page, pageOfRun(circumstances(run), results));
    } else if (readFileSync(page, 'utf8').includes(NOT_RUN)) {
      writeFileSync(page, pageWithoutRun(facts));
    }
    log(run.isLocal ? 'This was the local AWS, which is no proof of AWS.' : `Written: ${page}`);
    return leftovers.length + differing.length > 0 ? 1 : 0;
  } finally {
    run.close();
  }
}

function plan({ isLocal, id, region, partition, prefix }: Run, facts: number): string {
  return `This runs on ${isLocal ? 'the local AWS' : `account ${id} (partition ${partition}), Region ${region}`}:
  observes   ${facts} facts, one after the other
  deletes    AWSServiceRoleForElastiCache, and creates it again, many times; at the end it is as it was
  creates    stacks, IAM roles, functions, ElastiCache users, subnet and parameter groups, and one serverless cache at a time, named ${prefix}-…
  cleans up  everything that it created, including after a failure or Ctrl-C${isLocal ? '' : `
  costs      about 0.10 USD, for minutes of a serverless cache; takes about two hours`}`;
}

async function observeAll(run: Run, facts: readonly Fact[], signal: AbortSignal): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, fact] of facts.entries()) {
    const title = `${index + 1}/${facts.length}`.padStart(7) + `  ${fact.topic}: ${fact.name}`;
    if (run.isLocal && fact.notLocal) {
      run.log(`${title}\n         not observed on the local AWS: ${fact.notLocal}`);
      continue;
    }
    const start = Date.now();
    const prepared = fact.given === 'the role' ? run.withRole() : fact.given === 'no role' ? run.withoutRole() : Promise.resolve();
    const result = await prepared.then(() => fact.observe(run)).catch((error: Error) => `error: ${describe(error)}: ${error.message}`);
    if (signal.aborted) break;
    const seen = result.replaceAll(run.id, '123456789012').replace(/\s+/g, ' ').slice(0, 2_000);
    const agrees = fact.agrees ? fact.agrees(seen) : seen === fact.expected;
    results.push({ fact, seen, agrees });
    run.log(`${title} (${seconds(Date.now() - start)})\n         expected  ${fact.expected}\n         ${agrees ? 'seen    ' : 'DIFFERS '}  ${seen}`);
    // Each fact meets an account without what an earlier one left. What fails here is tried again at the end.
    await run.cleanUp();
  }
  return results;
}

function circumstances({ region, partition }: Run): string {
  const versions = ['aws-cdk-lib', 'aws-cdk', '@aws-sdk/client-iam'].map((name) =>
    `${name} ${(JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }).version}`);
  return `Run on ${new Date().toISOString().slice(0, 10)} in ${region} (partition \`${partition}\`) with ${[`Node.js ${process.versions.node}`, ...versions].join(', ')}.`;
}
