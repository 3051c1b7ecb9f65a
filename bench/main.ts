// Measures this library and its alternatives. Prints each section, and writes it into docs/maintaining/benchmarks.md with its chart.
// Arguments: the sections to measure. The others stay as they are in the page.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureAspect } from './aspect';
import { measureColdStart } from './cold-start';
import { measureDeployments } from './deployments';
import { measureFootprint } from './footprint';
import { compile } from './processes';
import { type Section, targetsOf } from './report';
import { measureSynthesis } from './synthesis';

const DOCS = join(__dirname, '../docs');
const PAGE = join(DOCS, 'maintaining/benchmarks.md');
/** What bench/package.json installs and the figures depend on. */
const PACKAGES = ['aws-cdk-lib', 'constructs', 'upsert-slr', '@aws-sdk/client-iam'];

const SECTIONS: Readonly<Record<string, () => Promise<Section>>> = {
  footprint: measureFootprint,
  synthesis: measureSynthesis,
  aspect: measureAspect,
  coldStart: measureColdStart,
  deployments: measureDeployments,
};

function versionOf(name: string): string {
  return `${name} ${(JSON.parse(readFileSync(join(__dirname, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string }).version}`;
}

/** When, at which commit, and on which machine the figures are measured. */
function circumstances(): string {
  const commit = execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { cwd: __dirname, encoding: 'utf8' }).trim();
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, load at the start ${loadavg()[0].toFixed(1)}`;
  return `${new Date().toISOString().slice(0, 10)} at \`${commit}\`; ${machine}; Node.js ${process.versions.node}, ${PACKAGES.map(versionOf).join(', ')}`;
}

function withSection(page: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [before, after] = [page.indexOf(start) + start.length, page.indexOf(end)];
  if (before < start.length || after < before) {
    throw new Error(`the page has no place for the section: it needs ${start.trim()} and ${end}`);
  }
  return `${page.slice(0, before)}${content}\n${page.slice(after)}`;
}

async function main() {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SECTIONS);
  const unknown = names.find((name) => !(name in SECTIONS));
  if (unknown) {
    throw new Error(`there is no section ${unknown}: name some of ${Object.keys(SECTIONS).join(', ')}, or none for all`);
  }
  compile();
  const run = circumstances();
  for (const name of names) {
    const section = await SECTIONS[name]();
    const content = `Measured on ${run}; ${section.runs}.\n\n${targetsOf(section)}\n\n${section.figures}`;
    process.stdout.write(`\n## ${name}\n\n${content}\n`);
    writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), name, content));
    if (section.chart) {
      writeFileSync(join(DOCS, 'diagrams', section.chart.file), section.chart.svg);
    }
    if (section.targets.some(({ met, isGoal }) => !met && !isGoal)) {
      process.exitCode = 1;
    }
  }
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
