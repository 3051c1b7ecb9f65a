import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import { STACKS } from './stacks';

// Run this once for each release, with its version: npx tsx --tsconfig test/tsconfig.json test/deployments/released/record.ts 0.1.0
// Then write physical-ids.json beside the templates, which is that of the previous release unless the handler has a new kind of ID.

const [version] = process.argv.slice(2);
const outdir = mkdtempSync(join(tmpdir(), 'release-'));
const app = new App({ outdir, analyticsReporting: false });
Object.entries(STACKS).forEach(([name, declare]) => declare()(new Stack(app, name, { synthesizer: new BootstraplessSynthesizer() })));
app.synth();

mkdirSync(join(__dirname, version), { recursive: true });
Object.keys(STACKS).forEach((name) => copyFileSync(join(outdir, `${name}.template.json`), join(__dirname, version, `${name}.template.json`)));
rmSync(outdir, { recursive: true });
