// Runs in a fresh process: loads CDK and a candidate, and synthesizes an app of stacks with some constructs each. Prints milliseconds.
import type { Declare } from '../candidates/candidate';

const [outdir, candidate, stacks, constructs] = process.argv.slice(2);

const start = performance.now();
const { App, CliCredentialsStackSynthesizer, Stack }: typeof import('aws-cdk-lib') = require('aws-cdk-lib');
const { Construct }: typeof import('constructs') = require('constructs');
const { declare }: { declare: Declare } = require(`../candidates/${candidate}`);
const app = new App({ outdir, analyticsReporting: false });
for (let i = 0; i < Number(stacks); i++) {
  const stack = new Stack(app, `Stack${i}`, { synthesizer: new CliCredentialsStackSynthesizer() });
  for (let j = 0; j < Number(constructs); j++) {
    declare(new Construct(stack, `Scope${j}`));
  }
}
app.synth();
console.log(performance.now() - start);
