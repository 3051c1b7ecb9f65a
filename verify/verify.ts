import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments, Refusal } from './arguments';
import { restoring } from './baseline';
import type { Fact, Result } from './fact';
import { identify, refuseExistingRole, refuseUsedAccount } from './guards';
import { json, page } from './report';
import { Run, describeFully } from './run';
import { accountOf, localAccount, type TargetAws } from './target-aws';
import { LocalAws } from '../local-aws/local-aws';

export interface Dependencies {
  readonly facts: readonly Fact[];
  readonly log: (line: string) => void;
  /** Interrupts the run, which then cleans up. */
  readonly signal: AbortSignal;
  /** Where the results of an account are written. */
  readonly directory: string;
}

/** Runs the command. Returns its exit code: 0 if everything is as expected and nothing is left. */
export async function verify(args: readonly string[], dependencies: Dependencies): Promise<number> {
  try {
    const target = parseArguments(args);
    if (target) {
      return await verifyAccount(accountOf(target), target.mayDeleteRole, dependencies);
    }
  } catch (error) {
    if (error instanceof Refusal) {
      dependencies.log(error.message);
      return 2;
    }
    throw error;
  }
  const local = await LocalAws.start({ onInstall: () => dependencies.log('installing the local AWS, the first time only') });
  try {
    return await verifyAccount(localAccount(local), false, dependencies);
  } finally {
    await local.stop();
  }
}

/** The same for an account that is known. */
export async function verifyAccount(aws: TargetAws, mayDeleteRole: boolean, dependencies: Dependencies): Promise<number> {
  const { facts, log, signal, directory } = dependencies;
  const caller = await identify(aws);
  const run = new Run(aws, caller, `slr-verify-${Date.now().toString(36)}`, log, signal);
  try {
    log(plan(run, facts));
    await refuseUsedAccount(aws);
    const role = await run.role();
    refuseExistingRole(role, mayDeleteRole);

    const results = await observeAll(run, facts, log);
    const leftovers = await run.cleanUp(restoring(run, role));

    leftovers.forEach(({ description, command }) => log(`left behind: ${description}. To delete it: ${command}`));
    if (signal.aborted) {
      log('interrupted: no result is written');
      return 130;
    }
    if (!aws.local) {
      write(directory, run, results);
    }
    log(summary(aws, results));
    return leftovers.length > 0 || results.some(({ agrees }) => !agrees) ? 1 : 0;
  } finally {
    run.close();
  }
}

function plan({ aws, caller, prefix }: Run, facts: readonly Fact[]): string {
  const place = aws.local ? 'the local AWS' : `account ${caller.account} (partition ${caller.partition}), Region ${aws.region}`;
  return [
    `This runs on ${place}:`,
    `  observes   ${facts.length} facts, one after the other`,
    '  deletes    AWSServiceRoleForElastiCache, and creates it again, many times; at the end it is as it was',
    `  creates    stacks, IAM roles, functions, ElastiCache users, subnet and parameter groups, and one serverless cache at a time, named ${prefix}-…`,
    '  cleans up  everything that it created, including after a failure or Ctrl-C',
    ...aws.local ? [] : ['  costs      about 0.10 USD, for minutes of a serverless cache; takes about two hours'],
  ].join('\n');
}

async function observeAll(run: Run, facts: readonly Fact[], log: (line: string) => void): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, fact] of facts.entries()) {
    const number = `${index + 1}/${facts.length}`.padStart(7);
    if (run.aws.local && fact.notLocal) {
      log(`${number}  ${fact.topic}: ${fact.name}\n         not observable on the local AWS: ${fact.notLocal}`);
      continue;
    }
    const result = await observe(run, fact);
    if (run.isInterrupted) {
      break;
    }
    results.push(result);
    log(`${number}  ${fact.topic}: ${fact.name} (${result.seconds} s)\n         expected  ${fact.expected}\n         ${result.agrees ? 'seen    ' : 'DIFFERS '}  ${result.seen}`);
    // Each fact meets an account without what an earlier one left. What fails here is tried again at the end.
    await run.cleanUp();
  }
  return results;
}

async function observe(run: Run, fact: Fact): Promise<Result> {
  const start = Date.now();
  let seen: string;
  try {
    await (fact.given === 'the role' ? run.withRole() : fact.given === 'no role' ? run.withoutRole() : undefined);
    seen = await fact.observe(run);
  } catch (error) {
    seen = `error: ${describeFully(error)}`;
  }
  seen = seen.replaceAll(run.caller.account, '123456789012').replace(/\s+/g, ' ').slice(0, 2_000);
  const agrees = fact.agrees ? fact.agrees(seen) : seen === fact.expected;
  return { fact, seen, seconds: Math.round((Date.now() - start) / 100) / 10, agrees };
}

function write(directory: string, { aws, caller }: Run, results: readonly Result[]): void {
  const circumstances = { date: new Date().toISOString().slice(0, 10), region: aws.region, partition: caller.partition, versions: versions() };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'verified.md'), page(circumstances, results));
  writeFileSync(join(directory, 'verified.json'), json(circumstances, results));
}

function versions(): Record<string, string> {
  const versionOf = (name: string) => (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }).version;
  return { 'Node.js': process.versions.node, ...Object.fromEntries(['aws-cdk-lib', 'aws-cdk', '@aws-sdk/client-iam'].map((name) => [name, versionOf(name)])) };
}

function summary(aws: TargetAws, results: readonly Result[]): string {
  const differing = results.filter(({ agrees }) => !agrees);
  const lines = differing.map(({ fact, seen }) => `  ${fact.topic}: ${fact.name}: expected ${fact.expected}, seen ${seen}. Depends on it: ${fact.sentence}`);
  const written = aws.local ? 'Nothing is written: this was the local AWS, which is no proof of AWS.' : 'Written: docs/maintaining/verified.md and docs/maintaining/verified.json.';
  return [`${results.length} facts observed, ${differing.length} differ`, ...lines, written].join('\n');
}
