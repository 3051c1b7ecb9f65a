// Runs in a fresh process: synthesizes an app with or without the aspect. Prints the milliseconds since the process started.
import { App, Aspects } from 'aws-cdk-lib';

const [outdir, variant, name, size] = process.argv.slice(2);

const { fill }: { fill: (app: App, size: number) => void } = require(`../apps/${name}`);
const app = new App({ outdir, analyticsReporting: false });
fill(app, Number(size));
if (variant === 'with') {
  const { EnsureElastiCacheServiceLinkedRole }: typeof import('cdk-elasticache-service-linked-role') = require('cdk-elasticache-service-linked-role');
  Aspects.of(app).add(new EnsureElastiCacheServiceLinkedRole());
}
app.synth();
console.log(performance.now());
