import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import type { Target } from './aws-account';
import { installedPython } from './python';

const REQUIREMENTS = join(__dirname, 'requirements.txt');
const LAUNCHER = join(__dirname, 'launcher.py');
// The functions find the SDK here. Lambda's runtime includes it.
const NODE_MODULES = join(__dirname, '../node_modules');

const REGION = 'us-east-1';
const DEFAULT_ACCOUNT = '000000000000';
const SECRET = 'test';
/** Only of requests to the emulator itself: a busy machine can take its time. */
const TIMEOUT_MS = 120_000;

/** A call of the IAM API over HTTP, from a test or a function. */
export interface IamCall {
  readonly action: string;
  /** The error code in IAM's response, or null. */
  readonly error: string | null;
}

/** An error that IAM responds with instead of performing the action. */
export interface Fault {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** The number of calls that do not fail before. @default - 0 */
  readonly after?: number;
  /** The number of calls that fail. @default - every call until the setting changes */
  readonly times?: number;
}

/** The settings of the emulator. */
export interface Settings {
  /** Makes deletions fail for this reason, even if no resource of the emulator uses the role. */
  readonly inUse: DeletionTaskFailureReasonType;
  /** Whether deletions requested from now on stay IN_PROGRESS. Otherwise, they end immediately. */
  readonly pendingDeletions: boolean;
  /** For roles created from now on: the age in seconds at creation. */
  readonly roleAge: number;
  /** Faults by action. A new value replaces all of them. */
  readonly faults: Readonly<Record<string, Fault>>;
  /** Whether IAM accepts requests without responding. */
  readonly hangs: boolean;
}

/** A local AWS with IAM, Lambda, and CloudFormation: MiniStack with the corrections of the launcher. */
export class LocalAws {
  /** Starts on a free port of 127.0.0.1. The first start installs MiniStack next to this file. */
  public static async start(options: { readonly onInstall?: () => void } = {}): Promise<LocalAws> {
    const python = await installedPython(REQUIREMENTS, options.onInstall);
    // The launcher ends when its standard input closes, which happens whenever this process ends.
    const launcher = spawn(python, ['-B', LAUNCHER], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: process.env.HOME,
        NODE_PATH: NODE_MODULES,
      },
    });
    const { port, directory } = await announcement(launcher);
    const aws = new LocalAws(launcher, `http://127.0.0.1:${port}`, directory);
    try {
      await aws.request('GET', '/_ministack/health');
      return aws;
    } catch (error) {
      const log = aws.log();
      await aws.stop();
      throw new Error(`the local AWS does not respond: ${error}\n${log}`);
    }
  }

  private constructor(
    private readonly launcher: ChildProcess,
    /** The URL of every service. */
    public readonly endpoint: string,
    private readonly directory: string,
  ) {}

  /** Environment variables for the AWS CLI, the CDK CLI, and SDKs. */
  public env(account = DEFAULT_ACCOUNT): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ENDPOINT_URL_S3: this.endpoint,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: '1',
    };
  }

  /** The configuration of an SDK client that calls this AWS. */
  public clientConfig(account = DEFAULT_ACCOUNT, region = REGION) {
    return { endpoint: this.endpoint, region, credentials: { accessKeyId: account, secretAccessKey: SECRET } };
  }

  /** An account of this AWS. */
  public target(account = DEFAULT_ACCOUNT): Target {
    return { account, clientConfig: region => this.clientConfig(account, region), env: () => this.env(account) };
  }

  /** Changes some settings of an account. */
  public async configure(settings: Partial<Settings>, account = DEFAULT_ACCOUNT): Promise<void> {
    await this.request('PUT', `/_emulator/settings?account=${account}`, JSON.stringify(settings));
  }

  /** The calls of the IAM API in an account, in order. */
  public async calls(account = DEFAULT_ACCOUNT): Promise<IamCall[]> {
    return await (await this.request('GET', `/_emulator/calls?account=${account}`)).json() as IamCall[];
  }

  /** The server's log, for failure messages. Empty after the server has stopped. */
  public log(): string {
    const file = join(this.directory, 'server.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Ends the server and its functions, and deletes their files. */
  public async stop(): Promise<void> {
    if (this.launcher.exitCode === null && this.launcher.signalCode === null) {
      const exit = once(this.launcher, 'exit');
      this.launcher.ref();
      this.launcher.stdin!.end();
      await exit;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async request(method: string, path: string, body?: string): Promise<Response> {
    const response = await fetch(this.endpoint + path, { method, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}

/** The first line of the launcher's output. Afterward, the launcher does not keep this process alive. */
async function announcement(launcher: ChildProcess): Promise<{ port: number; directory: string }> {
  let errorOutput = '';
  launcher.stderr!.on('data', (chunk: Buffer) => errorOutput += chunk.toString());
  const [line] = await Promise.race([once(createInterface(launcher.stdout!), 'line'), once(launcher, 'close')]);
  if (typeof line !== 'string') throw new Error(`the local AWS did not start: ${errorOutput.trim()}`);
  launcher.unref();
  for (const pipe of launcher.stdio) (pipe as Socket).unref();
  return JSON.parse(line) as { port: number; directory: string };
}
