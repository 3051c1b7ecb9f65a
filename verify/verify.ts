import { readFileSync, writeFileSync } from 'node:fs';
import { describe } from './errors';
import type { Fact } from './fact';
import { identify, parseArguments, Refusal, refuseExistingRole, refuseUsedAccount } from './guards';
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
  if (args.length === 0) return verifyLocalAws(dependencies);
  try {
    const { mayDeleteRole, ...account } = parseArguments(args);
    return await verifyAccount(targetOf(account), mayDeleteRole, dependencies);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    dependencies.log(error.message);
    return 2;
  }
}

async function verifyLocalAws(dependencies: Dependencies): Promise<number> {
  const local = await LocalAws.start();
  try {
    return await verifyAccount(local.target(), false, dependencies);
  } finally {
    await local.stop();
  }
}

/** An account of AWS, with the credentials that the SDK and the CLI find. */
function targetOf({ account, region }: { readonly account: string; readonly region: string }): Target {
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
    const observed = facts.filter(({ notLocal }) => !(run.isLocal && notLocal));
    log(plan(run, observed.length));
    await refuseUsedAccount(target);
    const role = await run.role();
    refuseExistingRole(role, mayDeleteRole);

    const results = await observeAll(run, observed, signal);
    const leftovers = await run.cleanUp(run.restoring(role));

    leftovers.forEach(({ description }) => log(`left behind: ${description}`));
    if (signal.aborted) {
      log('interrupted: no result is written');
      return 130;
    }
    const differing = results.filter(({ agrees }) => !agrees);
    log(`${results.length} facts observed, ${differing.length} differ`);
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
  costs      about 0.10 USD, for minutes of serverless caches; takes up to two hours`}`;
}

async function observeAll(run: Run, facts: readonly Fact[], signal: AbortSignal): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, fact] of facts.entries()) {
    const start = Date.now();
    const prepared = fact.given === 'the role' ? run.withRole() : run.withoutRole();
    const result = await prepared.then(() => fact.observe(run)).catch((error: Error) => `error: ${describe(error)}: ${error.message}`);
    if (signal.aborted) break;
    const seen = result.replaceAll(run.id, '123456789012').replace(/\s+/g, ' ').slice(0, 2_000);
    const agrees = fact.agrees ? fact.agrees(seen) : seen === fact.expected;
    results.push({ fact, seen, agrees });
    run.log(`${index + 1}/${facts.length}  ${fact.topic}: ${fact.name} (${seconds(Date.now() - start)})
         expected  ${fact.expected}
         ${agrees ? 'seen    ' : 'DIFFERS '}  ${seen}`);
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
