// Measures this library and what people would use instead, prints the figures, and writes bench/results.json, docs/benchmarks.md and its two charts.
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
import type { Results } from './results';
import { measureSynthesis } from './synthesis';
import { LocalAws } from '../test/local-aws/local-aws';

const DOCS = join(__dirname, '../docs');
const PAGE = join(DOCS, 'benchmarks.md');
/** What bench/package.json installs and the figures depend on. */
const PACKAGES = ['aws-cdk-lib', 'constructs', 'upsert-slr', '@aws-sdk/client-iam'];

function versionOf(name: string, folder = __dirname): string {
  return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string }).version;
}

function versions(): Record<string, string> {
  const root = join(__dirname, '..');
  const requirements = readFileSync(join(root, 'test/local-aws/requirements.txt'), 'utf8');
  return {
    'this library': `at ${execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { cwd: root, encoding: 'utf8' }).trim()}`,
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    'aws-cdk': versionOf('aws-cdk', root),
    'MiniStack': /ministack==(\S+)/.exec(requirements)![1],
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main() {
  compile();
  say('Synthesis: eight minutes');
  const synthesis = await measureSynthesis();
  say('Cold starts: a minute');
  const coldStart = await measureColdStart();
  const aws = await LocalAws.start({ onInstall: () => say('Installing the local AWS, the first time only') });
  try {
    say('Deployments: five minutes, most of them the waits of peers and ours');
    const deployments = await measureDeployments(aws);
    say('Behaviour: ten minutes');
    const behaviour = await observeBehaviour(aws);

    const results: Results = {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node.js ${process.versions.node}`,
      versions: versions(),
      footprint: await measureFootprint(),
      ...synthesis,
      ...coldStart,
      deployments,
      behaviour,
    };
    const text = JSON.stringify(results, (_key, value: unknown) => typeof value === 'number' ? Number(value.toFixed(3)) : value, 2);
    const rounded = JSON.parse(text) as Results;
    writeFileSync(join(__dirname, 'results.json'), `${text}\n`);
    writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), rounded));
    writeFileSync(join(DOCS, 'diagrams/benchmark-deployment.svg'), drawDeployments(rounded));
    writeFileSync(join(DOCS, 'diagrams/benchmark-synthesis.svg'), drawSynthesis(rounded));
    process.stdout.write(render(rounded));
    if (targets(rounded).some(({ met }) => met === false)) {
      process.exitCode = 1;
    }
  } finally {
    await aws.stop();
  }
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
