import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { findings } from './cfn-lint';
import { ElastiCacheServiceLinkedRole } from '../../../src';
import { TEMPLATE } from '../../../templates/plain-template';
import { EXAMPLE_NAMES, synthesizeExample } from '../synthesize-example';

const ROOT = join(__dirname, '../../..');

/** Name -> text of each template. */
const templates: Record<string, string> = { [TEMPLATE]: readFileSync(join(ROOT, TEMPLATE), 'utf8') };

for (const removalPolicy of [RemovalPolicy.RETAIN, RemovalPolicy.DESTROY, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE]) {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  new ElastiCacheServiceLinkedRole(stack, 'Role', { removalPolicy, description: 'Caches', propagationDelay: Duration.seconds(30) });
  templates[`removalPolicy ${removalPolicy}`] = JSON.stringify(app.synth().getStackByName('Stack').template);
}

for (const example of EXAMPLE_NAMES) {
  for (const [stack, text] of Object.entries(synthesizeExample(example).templates)) {
    templates[`examples/${example} ${stack}`] = text;
    // A StackSet contains a template.
    Object.values<{ Properties?: { TemplateBody?: string } }>(JSON.parse(text).Resources).forEach(({ Properties }) => {
      if (Properties?.TemplateBody) templates[`examples/${example} ${stack}, the template within`] = Properties.TemplateBody;
    });
  }
}

const names = Object.keys(templates);
const directory = mkdtempSync(join(tmpdir(), 'linting-'));
const fileOf = (name: string) => join(directory, `${names.indexOf(name)}.json`);

let found: string[];

// One process for all: it takes seconds to start.
beforeAll(async () => {
  names.forEach(name => writeFileSync(fileOf(name), templates[name]));
  found = await findings(names.map(fileOf));
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each(names)('cfn-lint finds nothing in %s', (name) => {
  expect(found.filter(line => line.startsWith(`${fileOf(name)}:`))).toEqual([]);
});

test('cfn-lint finds an error', async () => {
  const file = join(directory, 'wrong.json');
  writeFileSync(file, templates[TEMPLATE].replace(/nodejs\d+\.x/, 'nodejs16.x'));

  expect(await findings([file])).toContainEqual(expect.stringContaining('nodejs16.x'));
}, 60_000);
