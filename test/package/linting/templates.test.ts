import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { lint, NO_FINDINGS } from './cfn-lint';
import { ElastiCacheServiceLinkedRole } from '../../../src';
import { TEMPLATE } from '../../../templates/plain-template';

const read = (path: string) => readFileSync(join(__dirname, '../../..', path), 'utf8');

function templateWith(removalPolicy: RemovalPolicy): string {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  new ElastiCacheServiceLinkedRole(stack, 'Role', { removalPolicy, description: 'Caches', propagationDelay: Duration.seconds(30) });
  return JSON.stringify(App.of(stack)!.synth().getStackByName('Stack').template);
}

test('cfn-lint finds nothing in the plain template, in that of the verification, and in one of each removal policy', async () => {
  expect(await lint({
    'plain': read(TEMPLATE),
    'github-role': read('verify/github-role.template.json'),
    'retain': templateWith(RemovalPolicy.RETAIN),
    'destroy': templateWith(RemovalPolicy.DESTROY),
    'retain-on-update-or-delete': templateWith(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE),
  })).toEqual(NO_FINDINGS);
}, 300_000);
