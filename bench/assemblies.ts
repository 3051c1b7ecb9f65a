import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, CfnOutput, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Declare, DeclareProps } from './candidates/candidate';
import type { Candidate } from './results';

export const STACK = 'Stack';
export const OUTPUT = 'NameOfRole';

export interface StackProps extends DeclareProps {
  /** Adds the output that names the role. */
  readonly output?: boolean;
  readonly bootstrapless?: boolean;
}

process.env.CDK_VALIDATION = 'false'; // takes seconds, and is no subject of what is synthesized in this process

const directories: string[] = [];
process.once('exit', () => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  directories.push(directory);
  return directory;
}

/** Synthesizes an app with one stack that declares the role with a candidate; gives the folder of the assembly. */
export function synthesize(candidate: Candidate, { output, bootstrapless, ...props }: StackProps = {}): string {
  const app = new App({ outdir: temporaryDirectory(), analyticsReporting: false });
  const stack = new Stack(app, STACK, { synthesizer: bootstrapless ? new BootstraplessSynthesizer() : new CliCredentialsStackSynthesizer() });
  const { declare } = require(`./candidates/${candidate}`) as { readonly declare: Declare };
  const declared = declare(stack, props);
  if (output && declared.output) {
    new CfnOutput(stack, OUTPUT, { value: declared.output });
  }
  return app.synth().directory;
}

/** The type of the resource that stands for the role, whatever the candidate. */
export const TYPE_OF_ROLE = /^Custom::|CustomResource$|ServiceLinkedRole$/;

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

export function templateOf(assembly: string): { readonly text: string; readonly template: Template } {
  const text = readFileSync(join(assembly, `${STACK}.template.json`), 'utf8');
  return { text, template: JSON.parse(text) as Template };
}

export function resourcesOf(template: Template, type: string): Resource[] {
  return Object.values(template.Resources).filter(({ Type }) => Type === type);
}

/** A function of a template as a file that can be loaded. */
export interface FunctionCode {
  readonly file: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

export function functionsOf(assembly: string): FunctionCode[] {
  return resourcesOf(templateOf(assembly).template, 'AWS::Lambda::Function').map(({ Properties }) => {
    const { Code, Handler, Environment } = Properties as {
      readonly Code: { readonly ZipFile?: string; readonly S3Key?: string };
      readonly Handler: string;
      readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
    };
    const [module, handler] = Handler.split('.');
    const directory = Code.S3Key ? join(assembly, `asset.${Code.S3Key.replace('.zip', '')}`) : temporaryDirectory();
    const file = join(directory, `${module}.js`);
    if (Code.ZipFile) {
      writeFileSync(file, Code.ZipFile);
    }
    // What refers to a resource is only known once that is deployed; any text will do.
    const environment = Object.entries(Environment?.Variables ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : 'arn:aws:lambda:us-east-1:123456789012:function:user']);
    return { file, handler, environment: Object.fromEntries(environment) };
  });
}
