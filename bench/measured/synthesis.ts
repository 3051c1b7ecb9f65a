// Runs in a fresh process: loads CDK and a candidate, and synthesizes an app of one stack. Prints milliseconds.
import type { Declare } from '../candidates/candidate';

const [outdir, candidate] = process.argv.slice(2);

const start = performance.now();
const { App, CliCredentialsStackSynthesizer, Stack }: typeof import('aws-cdk-lib') = require('aws-cdk-lib');
const { declare }: { declare: Declare } = require(`../candidates/${candidate}`);
const app = new App({ outdir, analyticsReporting: false });
declare(new Stack(app, 'Stack', { synthesizer: new CliCredentialsStackSynthesizer() }));
app.synth();
console.log(performance.now() - start);
