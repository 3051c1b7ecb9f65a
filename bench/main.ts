// Measures this library and its alternatives, prints the figures, and writes bench/results.json, docs/maintaining/benchmarks.md and its two charts.
// Arguments: the sections to measure again. The others keep their figures.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { observeBehaviour } from './behaviour';
import { drawDeployments, drawSynthesis } from './charts';
import { measureColdStart } from './cold-start';
import { measureDeployments } from './deployment';
import { measureFootprint } from './footprint';
import { compile } from './processes';
import { render, targets, withFigures } from './report';
import { type Results, type Section, SECTIONS } from './results';
import { measureSynthesis } from './synthesis';
import { LocalAws } from '../local-aws/local-aws';

const DOCS = join(__dirname, '../docs');
const PAGE = join(DOCS, 'maintaining/benchmarks.md');
const RESULTS = join(__dirname, 'results.json');
/** What bench/package.json installs and the figures depend on. */
const PACKAGES = ['aws-cdk-lib', 'constructs', 'upsert-slr', '@aws-sdk/client-iam'];

function versionOf(name: string, folder = __dirname): string {
  return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string }).version;
}

function versions(): Record<string, string> {
  const root = join(__dirname, '..');
  const requirements = readFileSync(join(root, 'local-aws/requirements.txt'), 'utf8');
  return {
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    'aws-cdk': versionOf('aws-cdk', root),
    'MiniStack': /ministack==(\S+)/.exec(requirements)![1],
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function onLocalAws<T>(measure: (aws: LocalAws) => Promise<T>): Promise<T> {
  const aws = await LocalAws.start({ onInstall: () => say('Installing the local AWS, the first time only') });
  try {
    return await measure(aws);
  } finally {
    await aws.stop();
  }
}

const MEASUREMENTS: Record<Section, { readonly takes: string; run(): Promise<Partial<Results>> }> = {
  footprint: { takes: 'seconds', run: async () => ({ footprint: await measureFootprint() }) },
  synthesis: { takes: 'eight minutes', run: measureSynthesis },
  coldStart: { takes: 'a minute', run: measureColdStart },
  deployments: { takes: 'five minutes, most of them waits', run: async () => ({ deployments: await onLocalAws(measureDeployments) }) },
  behaviour: { takes: 'ten minutes', run: async () => ({ behaviour: await onLocalAws(observeBehaviour) }) },
};

/** The sections that the command line names, or all. */
function requestedSections(): readonly Section[] {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(SECTIONS as readonly string[]).includes(name));
  if (unknown) {
    throw new Error(`there is no section ${unknown}: name some of ${SECTIONS.join(', ')}, or none for all`);
  }
  return names.length > 0 ? names as Section[] : SECTIONS;
}

async function main() {
  const sections = requestedSections();
  compile();
  const run = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { cwd: __dirname, encoding: 'utf8' }).trim(),
  };
  let results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  for (const section of sections) {
    say(`${section}: ${MEASUREMENTS[section].takes}`);
    results = { ...results, ...await MEASUREMENTS[section].run(), measured: { ...results.measured, [section]: run } };
  }
  results = {
    ...results,
    machine: `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node.js ${process.versions.node}`,
    versions: versions(),
  };

  const text = JSON.stringify(results, (_key, value: unknown) => typeof value === 'number' ? Number(value.toFixed(3)) : value, 2);
  const rounded = JSON.parse(text) as Results;
  writeFileSync(RESULTS, `${text}\n`);
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), rounded));
  writeFileSync(join(DOCS, 'diagrams/benchmark-deployment.svg'), drawDeployments(rounded));
  writeFileSync(join(DOCS, 'diagrams/benchmark-synthesis.svg'), drawSynthesis(rounded));
  process.stdout.write(render(rounded));
  if (targets(rounded).some(({ met }) => met === false)) {
    process.exitCode = 1;
  }
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
