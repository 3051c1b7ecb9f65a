import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Candidate, Declare, DeclareProps } from './candidates/candidate';

export const STACK = 'Stack';
export const OUTPUT = 'NameOfRole';

process.env.CDK_VALIDATION = 'false'; // takes seconds, and is no subject of what is synthesized in this process

/** Deleted when this process ends. */
export const DIRECTORY = mkdtempSync(join(tmpdir(), 'bench-'));
process.once('exit', () => rmSync(DIRECTORY, { recursive: true }));

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Synthesizes an app with one stack in which a candidate declares the role. Returns its folder, the text of the template, and its resources. */
export function synthesize(candidate: Candidate, props?: DeclareProps) {
  const app = new App({ outdir: mkdtempSync(join(DIRECTORY, 'cdk.out-')), analyticsReporting: false });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  const { declare } = require(`./candidates/${candidate}`) as { readonly declare: Declare };
  const nameOfRole = declare(stack, props);
  if (nameOfRole && props) {
    new CfnOutput(stack, OUTPUT, { value: nameOfRole });
  }
  const { directory } = app.synth();
  const template = readFileSync(join(directory, `${STACK}.template.json`), 'utf8');
  return { directory, template, resources: Object.values<Resource>(JSON.parse(template).Resources) };
}

/** The inline code of the functions. */
export function inlineCodeOf({ resources }: ReturnType<typeof synthesize>): string {
  return resources.map(({ Properties }) => (Properties?.Code as { readonly ZipFile?: string } | undefined)?.ZipFile ?? '').join('');
}

/** Whether the resource represents the role, in any candidate. */
export function representsRole(type: string): boolean {
  return /^Custom::|CustomResource$|ServiceLinkedRole$/.test(type);
}
