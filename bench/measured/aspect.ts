// Runs in a fresh process: synthesizes an app with or without the aspect.
// Prints the milliseconds since the process started, those of its CPU, and what the aspect loads and does in its visits.
import { App, Aspects } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const [outdir, variant, name, size] = process.argv.slice(2);

const { fill }: { fill: (app: App, size: number) => void } = require(`../apps/${name}`);
const app = new App({ outdir, analyticsReporting: false });
fill(app, Number(size));

let loadMs = 0;
let visitsMs = 0;
if (variant === 'with') {
  const start = performance.now();
  const library: typeof import('cdk-elasticache-service-linked-role') = require('cdk-elasticache-service-linked-role');
  loadMs = performance.now() - start;
  Aspects.of(app).add(new class extends library.EnsureElastiCacheServiceLinkedRole {
    public visit(node: IConstruct): void {
      const begin = performance.now();
      super.visit(node);
      visitsMs += performance.now() - begin;
    }
  }());
}
app.synth();

const { user, system } = process.cpuUsage();
const files = Object.keys(require.cache);
const ownFiles = files.filter((file) => file.includes('node_modules/cdk-elasticache-service-linked-role/')).length;
const times = { wallMs: performance.now(), cpuMs: (user + system) / 1000, loadMs, visitsMs };
console.log(JSON.stringify({ ...times, ownFiles, otherFiles: files.length - ownFiles }));
