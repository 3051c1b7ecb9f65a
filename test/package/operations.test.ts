import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Aspects, BootstraplessSynthesizer, Duration, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { CodePipeline, CodePipelineSource, ShellStep } from 'aws-cdk-lib/pipelines';
import { ElastiCacheServiceLinkedRole, EnsureElastiCacheServiceLinkedRole } from '../../src';
import { cacheIn, CACHE, TYPE } from '../stacks-and-templates';

// What docs/operating.md states of synthesis. test/deployments/operations-*.test.ts has what it states of deployments.

test('the construct takes as much of a template without a bucket as the page states', () => {
  const page = readFileSync(join(__dirname, '../../docs/operating.md'), 'utf8');
  const documented = Number(/up to ([\d,]+) of them as JSON/.exec(page)![1].replace(',', ''));
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  new ElastiCacheServiceLinkedRole(stack, 'Role', {
    description: 'Caches & sessions', propagationDelay: Duration.minutes(10), removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, trigger: '2026-11-30',
  });

  const { length } = readFileSync(app.synth().getStackByName('Stack').templateFullPath);

  expect(length).toBeLessThanOrEqual(documented);
  expect(length).toBeGreaterThan(documented * 0.9);
});

describe('with CDK Pipelines, an aspect on a stage', () => {
  const addAspect = (stage: Stage) => Aspects.of(stage).add(new EnsureElastiCacheServiceLinkedRole());

  /** The types of the resources that the pipeline deploys. */
  function deployed({ before, after }: { before?: (stage: Stage) => void; after?: (stage: Stage) => void }): string[] {
    const app = new App();
    const source = CodePipelineSource.connection('owner/repository', 'main', {
      connectionArn: 'arn:aws:codestar-connections:us-east-1:123456789012:connection/1',
    });
    const pipeline = new CodePipeline(new Stack(app, 'Pipeline'), 'Pipeline', { synth: new ShellStep('Synth', { input: source, commands: ['cdk synth'] }) });
    const stage = new Stage(app, 'Production');
    const stack = new Stack(stage, 'Stack');
    cacheIn(stack);
    before?.(stage);
    pipeline.addStage(stage);
    after?.(stage);
    const { Resources: resources } = app.synth().getNestedAssembly('assembly-Production').getStackArtifact(stack.artifactId).template;
    return Object.values<{ Type: string }>(resources).map(({ Type }) => Type);
  }

  test('before addStage declares the role', () => {
    expect(deployed({ before: addAspect })).toContain(TYPE);
  });

  test('after addStage is ignored', () => {
    expect(deployed({ after: addAspect })).toEqual([CACHE]);
  });
});
