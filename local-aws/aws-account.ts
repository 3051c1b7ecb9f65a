import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormation, type CreateStackInput, type Stack as StackDescription } from '@aws-sdk/client-cloudformation';
import { IAM, NoSuchEntityException, type Role } from '@aws-sdk/client-iam';
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import type { Environment } from './environment';
import type { LocalAws, Settings } from './local-aws';
import { installedPython } from './python';

export const ROLE_NAME = 'AWSServiceRoleForElastiCache';
export const SERVICE_PRINCIPAL = 'elasticache.amazonaws.com';
/** Of the custom resource. */
export const LOGICAL_ID = 'CustomElastiCacheServiceLinkedRole';

export const DEPLOY = ['deploy', '--method=direct', '--require-approval=never'] as const;
export const FORCE_DESTROY = ['destroy', '--force'] as const;

const CDK = join(__dirname, '../node_modules/.bin/cdk');
export const AWS_CLI_REQUIREMENTS = join(__dirname, 'aws-cli-requirements.txt');
const POLL_INTERVAL_MS = 100;

/** The result of an operation on a stack. */
export interface Outcome {
  readonly outputs: Readonly<Record<string, string>>;
  /** The events of this operation in order: logical ID, status, and reason. */
  readonly events: readonly string[];
  /** The account's IAM calls during this operation in order: action and error code. */
  readonly calls: readonly string[];
}

type DeploymentOptions = Pick<CreateStackInput, 'DisableRollback'>;

/** How a command ended. */
export interface CommandResult {
  /** Undefined if the command was ended. */
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** An account that stacks are deployed to. */
export class AwsAccount {
  public readonly id: string;
  public readonly iam: IAM;
  public readonly directory = mkdtempSync(join(tmpdir(), 'account-'));
  private readonly clients: CloudFormation[] = [];

  constructor(public readonly environment: Environment) {
    this.id = environment.account;
    this.iam = new IAM(environment.clientConfig());
  }

  /** The name of a resource, which the account's own resources do not have. */
  public name(name: string): string {
    return `${this.environment.prefix ?? ''}${name}`;
  }

  /** A stack of this account. Its first deployment creates it. */
  public stack(name: string, region?: string): DeployedStack {
    const client = new CloudFormation(this.environment.clientConfig(region));
    this.clients.push(client);
    const stack = new DeployedStack(this, client, this.name(name));
    this.environment.onStack?.(stack);
    return stack;
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

  /** Creates the service-linked role outside CloudFormation. Returns its ID. */
  public async createRole(description?: string): Promise<string> {
    const { Role: role } = await this.iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, Description: description });
    return role!.RoleId!;
  }

  /** Deletes the service-linked role outside CloudFormation. */
  public async deleteRole(): Promise<void> {
    const roleId = await this.roleId();
    await this.iam.deleteServiceLinkedRole({ RoleName: ROLE_NAME });
    if (this.environment.isAsynchronous) {
      while (await this.roleId() === roleId) await this.environment.wait();
    }
  }

  /** The account's IAM calls in order: action and error code. Empty if they are not recorded. */
  public async calls(): Promise<string[]> {
    return (await this.environment.calls?.() ?? []).map(({ action, error }) => error ? `${action} ${error}` : action);
  }

  /** Changes settings of a local AWS for this account. */
  public async configure(settings: Partial<Settings>): Promise<void> {
    await this.environment.configure?.(settings);
  }

  /** Runs the CDK CLI in this account. After `timeout` milliseconds it is ended. */
  public async cdk(args: readonly string[], timeout?: number): Promise<CommandResult> {
    return this.execute(CDK, args, timeout);
  }

  /** Runs the AWS CLI in this account. */
  public async awsCli(...args: readonly string[]): Promise<CommandResult> {
    return this.execute(await installedPython(AWS_CLI_REQUIREMENTS), ['-m', 'awscli', ...args]);
  }

  private async execute(command: string, args: readonly string[], timeout?: number): Promise<CommandResult> {
    const env = { HOME: this.directory, ...this.environment.env(), PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
    return new Promise((resolve, reject) => {
      execFile(command, args, { cwd: this.directory, env, timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
        if (typeof error?.code === 'string') return reject(error);
        resolve({ exitCode: error ? error.code ?? undefined : 0, output: stdout + stderr });
      });
    });
  }

  public close(): void {
    this.iam.destroy();
    this.clients.forEach(client => client.destroy());
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** An account of a local AWS, empty at first. */
export class Account extends AwsAccount {
  private static count = 0;

  constructor(aws: LocalAws) {
    const account = String(200_000_000_000 + ++Account.count);
    super({
      account,
      clientConfig: region => aws.clientConfig(account, region),
      env: () => aws.env(account),
      wait: () => setTimeout(POLL_INTERVAL_MS),
      calls: () => aws.calls(account),
      configure: settings => aws.configure(settings, account),
    });
  }
}

/** A stack in an account and a Region, deployed by CloudFormation or by the CDK CLI. */
export class DeployedStack {
  constructor(private readonly account: AwsAccount, private readonly cloudFormation: CloudFormation, public readonly name: string) {}

  /** Creates or updates the stack. Throws with the stack's events if the operation ends in another status than expected. */
  public async deploy(declare: (stack: Stack) => void, expected?: string, options?: DeploymentOptions): Promise<Outcome> {
    return this.deployTemplate(readFileSync(join(this.synthesize(declare), `${this.name}.template.json`), 'utf8'), {}, expected, options);
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
  public async destroy(expected = 'DELETE_COMPLETE'): Promise<Outcome> {
    return this.run(() => this.cloudFormation.deleteStack({ StackName: this.name }), expected);
  }

  /** Deletes the stack, if it exists, after its current operation. */
  public async destroyIfExists(): Promise<void> {
    const stack = await this.describe(this.name);
    if (!stack) return;
    await this.settled(stack.StackId!);
    await this.destroy();
  }

  /** Runs a command of the CDK CLI on the stack. */
  public cdk(declare: (stack: Stack) => void, command: string, ...options: string[]) {
    return this.account.cdk([command, '-a', this.synthesize(declare), ...options]);
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

  private synthesize(declare: (stack: Stack) => void): string {
    const app = new App({ outdir: mkdtempSync(join(this.account.directory, 'cdk.out-')), analyticsReporting: false });
    declare(new Stack(app, this.name, { synthesizer: new BootstraplessSynthesizer() }));
    return app.synth().directory;
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
    for (;;) {
      const stack = await this.describe(id);
      if (!stack) throw new Error(`the stack ${id} does not exist`);
      if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) return stack;
      await this.account.environment.wait();
    }
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
