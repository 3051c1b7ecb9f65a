import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormation, type CreateStackInput, type Stack as StackDescription } from '@aws-sdk/client-cloudformation';
import { type DeletionTaskFailureReasonType, IAM, NoSuchEntityException, type Role } from '@aws-sdk/client-iam';
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import type { LocalAws, Settings } from './local-aws';
import { installedPython } from './python';
import { ROLE_NAME, SERVICE_PRINCIPAL } from '../src/private/role-identity';

/** Of the custom resource. */
export const LOGICAL_ID = 'CustomElastiCacheServiceLinkedRole';

export const DEPLOY = ['deploy', '--method=direct', '--require-approval=never'] as const;
export const FORCE_DESTROY = ['destroy', '--force'] as const;

const CDK = join(__dirname, '../node_modules/.bin/cdk');
export const AWS_CLI_REQUIREMENTS = join(__dirname, 'aws-cli-requirements.txt');
/** Runs the AWS CLI, which reads the status of a stack every 30 seconds, so that it reads each second. */
const IMPATIENT_AWS_CLI = 'import runpy, time; sleep = time.sleep; time.sleep = lambda s: sleep(min(s, 1)); runpy.run_module("awscli", run_name="__main__")';

/** How clients and tools reach an account of AWS, or of a local AWS. */
export interface Target {
  readonly account: string;
  /** The configuration of an SDK client, which finds the credentials by itself if there are none in it. */
  clientConfig(region?: string): ClientConfig;
  /** The environment variables of the CLIs. */
  env(): Readonly<Record<string, string>>;
}

export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  readonly maxAttempts?: number;
  readonly retryMode?: string;
}

/** Declares the content of a stack. */
export type Declare = (stack: Stack) => unknown;

/** The result of an operation on a stack. */
export interface Outcome {
  readonly outputs: Readonly<Record<string, string>>;
  /** The events of this operation in order: logical ID, status, and reason. */
  readonly events: readonly string[];
  /** The account's IAM calls during this operation in order: action and error code. */
  readonly calls: readonly string[];
}

type DeploymentOptions = Pick<CreateStackInput, 'DisableRollback'>;

/** How a deletion of the role ended. */
interface Deletion {
  readonly taskId: string;
  /** Undefined if IAM no longer knows the task. */
  readonly status?: string;
  readonly reason?: DeletionTaskFailureReasonType;
}

/** An account that stacks are deployed to. */
export abstract class AwsAccount {
  public readonly id: string;
  public readonly iam: IAM;
  public readonly directory = mkdtempSync(join(tmpdir(), 'account-'));
  private readonly clients: { destroy(): void }[];
  private readonly closing = new AbortController();

  constructor(public readonly target: Target) {
    this.id = target.account;
    this.iam = new IAM(target.clientConfig());
    this.clients = [this.iam];
  }

  /** Waits until it is time to read a status again. */
  public abstract wait(): Promise<void>;

  /** Repeats an attempt until it returns something. */
  public async until<T>(what: string, attempt: () => Promise<T | undefined>, timeout = 20 * 60_000): Promise<T> {
    for (const start = Date.now(); ;) {
      const result = await attempt();
      if (result !== undefined) return result;
      if (Date.now() - start > timeout) throw new Error(`${what} did not happen within ${timeout / 1_000} s`);
      await this.wait();
    }
  }

  /** The name of a resource, which the account's own resources do not have. */
  public name(name: string): string {
    return name;
  }

  /** A stack of this account. Its first deployment creates it. */
  public stack(name: string, region?: string): DeployedStack {
    const client = new CloudFormation(this.target.clientConfig(region));
    this.clients.push(client);
    return new DeployedStack(this, client, this.name(name));
  }

  /** The role that uses the reserved name, service-linked or not. */
  public async role(): Promise<Role | undefined> {
    try {
      return (await this.iam.getRole({ RoleName: ROLE_NAME })).Role;
    } catch (error) {
      if (error instanceof NoSuchEntityException) return undefined;
      throw error;
    }
  }

  public async roleId(): Promise<string | undefined> {
    return (await this.role())?.RoleId;
  }

  /** Creates the service-linked role outside CloudFormation. */
  public async createRole(description?: string): Promise<Role> {
    await this.iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, Description: description });
    return this.until('GetRole of the created role', () => this.role());
  }

  /** Requests the deletion of the service-linked role outside CloudFormation, and waits for its end. */
  public async deleteRole(): Promise<Deletion> {
    const { DeletionTaskId: taskId = '' } = await this.iam.deleteServiceLinkedRole({ RoleName: ROLE_NAME });
    return this.until('the deletion', async () => {
      try {
        const { Status: status, Reason: reason } = await this.iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId });
        return status === 'SUCCEEDED' || status === 'FAILED' ? { taskId, status, reason } : undefined;
      } catch (error) {
        if (error instanceof NoSuchEntityException) return { taskId };
        throw error;
      }
    });
  }

  /** Deletes the role, if it exists, until it can no longer be read. */
  public async withoutRole(): Promise<void> {
    if (!await this.role()) return;
    const { status, reason } = await this.deleteRole();
    if (status === 'FAILED') throw new Error(`IAM did not delete ${ROLE_NAME}: ${JSON.stringify(reason)}`);
    await this.until('GetRole without the role', async () => await this.role() ? undefined : true);
  }

  /** The account's IAM calls in order: action and error code. Only a local AWS records them. */
  public async calls(): Promise<string[]> {
    return [];
  }

  /** Changes settings of a local AWS for this account. */
  public async configure(_: Partial<Settings>): Promise<void> {}

  /** Synthesizes an app with these stacks, which need no bootstrapped account. Returns its assembly. */
  public synthesize(stacks: Readonly<Record<string, Declare>>): string {
    const app = new App({ outdir: mkdtempSync(join(this.directory, 'cdk.out-')), analyticsReporting: false });
    Object.entries(stacks).forEach(([name, declare]) => declare(new Stack(app, name, { synthesizer: new BootstraplessSynthesizer() })));
    return app.synth().directory;
  }

  /** Runs the CDK CLI. Returns its output without line breaks, which depend on the length of names. Throws with it if the exit code differs. */
  public async cdk(args: readonly string[], exitCode = 0): Promise<string> {
    return (await this.execute(CDK, args, exitCode)).replace(/\s+/g, ' ');
  }

  /** Runs a command of the CDK CLI that does not end by itself, until it prints the text. */
  public async cdkUntil(text: string, args: readonly string[]): Promise<void> {
    await this.execute(CDK, args, null, text);
  }

  /** Runs the AWS CLI. Returns its output, and throws with it if the command fails. */
  public async awsCli(args: readonly string[]): Promise<string> {
    return this.execute(await installedPython(AWS_CLI_REQUIREMENTS), ['-c', IMPATIENT_AWS_CLI, ...args], 0);
  }

  /** The exit code of a command that was ended, because it printed the last text, is null. */
  private async execute(command: string, args: readonly string[], expected: number | null, lastText?: string): Promise<string> {
    const env = { HOME: this.directory, ...this.target.env(), PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
    const child = spawn(command, args, { cwd: this.directory, env, stdio: ['ignore', 'pipe', 'pipe'], signal: this.closing.signal });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (lastText && output.includes(lastText)) child.kill('SIGKILL');
      });
    }
    const [exitCode] = await once(child, 'close');
    if (exitCode !== expected) throw new Error(`${basename(command)} ${args.join(' ')} ended with ${exitCode} and not ${expected}: ${output}`);
    return output;
  }

  /** Ends what still runs in the account, and deletes its files. */
  public close(): void {
    this.closing.abort();
    this.clients.forEach(client => client.destroy());
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** An account of a local AWS, empty at first. */
export class Account extends AwsAccount {
  private static count = 0;

  constructor(private readonly aws: LocalAws) {
    super(aws.target(String(200_000_000_000 + ++Account.count)));
  }

  public override async wait(): Promise<void> {
    await setTimeout(100);
  }

  public override async calls(): Promise<string[]> {
    return this.aws.calls(this.id);
  }

  public override async configure(settings: Partial<Settings>): Promise<void> {
    await this.aws.configure(this.id, settings);
  }
}

/** A stack in an account and a Region, deployed by CloudFormation or by the CDK CLI. */
export class DeployedStack {
  constructor(private readonly account: AwsAccount, private readonly cloudFormation: CloudFormation, public readonly name: string) {}

  /** Creates or updates the stack. Throws with the stack's events if the operation ends in another status than expected. */
  public async deploy(declare: Declare, expected?: string, options?: DeploymentOptions): Promise<Outcome> {
    const assembly = this.account.synthesize({ [this.name]: declare });
    return this.deployTemplate(readFileSync(join(assembly, `${this.name}.template.json`), 'utf8'), {}, expected, options);
  }

  /** Creates or updates the stack with a template and its parameters. */
  public async deployTemplate(
    template: string, parameters: Readonly<Record<string, string>>, expected?: string, options: DeploymentOptions = {},
  ): Promise<Outcome> {
    const input: CreateStackInput = {
      StackName: this.name,
      TemplateBody: template,
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
      Capabilities: ['CAPABILITY_IAM'],
      ...options,
    };
    if (await this.describe(this.name)) {
      return this.run(() => this.cloudFormation.updateStack(input), expected ?? 'UPDATE_COMPLETE');
    }
    return this.run(() => this.cloudFormation.createStack(input), expected ?? 'CREATE_COMPLETE');
  }

  /** Deletes the stack. Throws with the stack's events if the operation ends in another status than expected. */
  public async destroy({ expected = 'DELETE_COMPLETE', retain }: { readonly expected?: string; readonly retain?: string[] } = {}): Promise<Outcome> {
    return this.run(() => this.cloudFormation.deleteStack({ StackName: this.name, RetainResources: retain }), expected);
  }

  /** Deletes the stack, if it exists, after its current operation. */
  public async destroyIfExists(): Promise<void> {
    const stack = await this.describe(this.name);
    if (!stack) return;
    await this.settled(stack.StackId!);
    await this.destroy();
  }

  /** Runs the CDK CLI on an app with this stack. */
  public async cdk(declare: Declare, [command, ...options]: readonly string[], exitCode?: number): Promise<string> {
    return this.account.cdk([command, '-a', this.account.synthesize({ [this.name]: declare }), ...options], exitCode);
  }

  /** The physical IDs of the stack's resources by logical ID. */
  public async resources(): Promise<Record<string, string | undefined>> {
    const { StackResources: found } = await this.cloudFormation.describeStackResources({ StackName: this.name });
    return Object.fromEntries(found!.map(resource => [resource.LogicalResourceId!, resource.PhysicalResourceId]));
  }

  /** The physical ID of the custom resource, which records who created the role. */
  public async recordedId(): Promise<string | undefined> {
    return (await this.resources())[LOGICAL_ID];
  }

  /** The events of the stack in order: logical ID, status, and reason. */
  public async events(id = this.name): Promise<string[]> {
    const { StackEvents: found } = await this.cloudFormation.describeStackEvents({ StackName: id });
    return found!.reverse().map(event => `${event.LogicalResourceId} ${event.ResourceStatus} ${event.ResourceStatusReason ?? ''}`.trim());
  }

  /** From the start of a resource's creation to its end. */
  public async secondsToCreate(logicalId: string): Promise<number> {
    const { StackEvents: found } = await this.cloudFormation.describeStackEvents({ StackName: this.name });
    const times = found!.filter(event => event.LogicalResourceId === logicalId).map(event => event.Timestamp!.getTime());
    return (Math.max(...times) - Math.min(...times)) / 1000;
  }

  private async run(start: () => Promise<object & { readonly StackId?: string }>, expected: string): Promise<Outcome> {
    const stackId = (await this.describe(this.name))?.StackId;
    const [eventsBefore, callsBefore] = [stackId ? await this.events(stackId) : [], await this.account.calls()];
    const id = (await start()).StackId ?? stackId ?? this.name;
    const { StackStatus: status, StackStatusReason: reason, Outputs: outputs = [] } = await this.settled(id);
    const calls = (await this.account.calls()).slice(callsBefore.length);
    const events = (await this.events(id)).slice(eventsBefore.length);
    if (status !== expected) {
      throw new Error([`${this.name} is ${status} and not ${expected}: ${reason}`, ...events, ...calls].join('\n  '));
    }
    return { outputs: Object.fromEntries(outputs.map(output => [output.OutputKey, output.OutputValue!])), events, calls };
  }

  private async settled(id: string): Promise<StackDescription> {
    return this.account.until(`the end of the operation on ${id}`, async () => {
      const stack = await this.describe(id);
      if (!stack) throw new Error(`the stack ${id} does not exist`);
      return stack.StackStatus!.endsWith('_IN_PROGRESS') ? undefined : stack;
    }, 60 * 60_000);
  }

  private async describe(id: string): Promise<StackDescription | undefined> {
    try {
      return (await this.cloudFormation.describeStacks({ StackName: id })).Stacks?.[0];
    } catch (error) {
      if ((error as Error).message.includes('does not exist')) return undefined;
      throw error;
    }
  }
}
