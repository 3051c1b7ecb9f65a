// Run in a fresh process: loads CDK and a candidate, and synthesizes an app of stacks that each declare the role. Sends milliseconds.
import type { Declare } from '../candidates/candidate';

const [candidate, stacks, outdir] = process.argv.slice(2);

const start = performance.now();
const { App, CliCredentialsStackSynthesizer, Stack }: typeof import('aws-cdk-lib') = require('aws-cdk-lib');
const { declare }: { declare: Declare } = require(`../candidates/${candidate}`);
const loaded = performance.now();

const app = new App({ outdir, analyticsReporting: false });
for (let i = 0; i < Number(stacks); i++) {
  declare(new Stack(app, `Stack${i}`, { synthesizer: new CliCredentialsStackSynthesizer() }));
}
app.synth();
const end = performance.now();

process.send!({ require: loaded - start, synthesis: end - loaded, total: end - start });
