// Measures this library and its alternatives. Prints each section, and writes it into docs/maintaining/benchmarks.md.
// Arguments: the sections to measure. The others stay as they are in the page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureAspect } from './aspect';
import { measureColdStart } from './cold-start';
import { measureDeployments } from './deployments';
import { measureFootprint } from './footprint';
import { type Section, targetsOf } from './report';
import { measureSynthesis } from './synthesis';

const PAGE = join(__dirname, '../docs/maintaining/benchmarks.md');
/** What bench/package.json installs and the figures depend on. */
const PACKAGES = ['aws-cdk-lib', 'upsert-slr', '@aws-sdk/client-iam'];

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
function circumstances(commit: string, { runs }: Section): string {
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node.js ${process.versions.node}`;
  return `Measured on ${new Date().toISOString().slice(0, 10)} at \`${commit}\`: ${runs}. The load was ${loadavg()[1].toFixed(1)}.\n`
    + `${machine}, ${PACKAGES.map(versionOf).join(', ')}.`;
}

function withSection(page: string, name: string, content: string): string {
  const section = new RegExp(`(?<=<!-- ${name} -->\n)[^]*(?=\n<!-- end of ${name} -->)`);
  assert.match(page, section, `the page has no place for the section ${name}`);
  return page.replace(section, () => content);
}

async function main() {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SECTIONS);
  const unknown = names.find((name) => !(name in SECTIONS));
  assert.ok(!unknown, `there is no section ${unknown}: name some of ${Object.keys(SECTIONS).join(', ')}, or none for all`);
  const commit = execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { cwd: __dirname, encoding: 'utf8' }).trim();
  for (const name of names) {
    const section = await SECTIONS[name]();
    const content = `${circumstances(commit, section)}\n\n${targetsOf(section)}\n\n${section.figures}`;
    process.stdout.write(`\n## ${name}\n\n${content}\n`);
    writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), name, content));
    if (section.targets.some(({ met, isGoal }) => !met && !isGoal)) {
      process.exitCode = 1;
    }
  }
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
