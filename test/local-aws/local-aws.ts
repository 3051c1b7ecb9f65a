import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { installedPython } from './python';

const REQUIREMENTS = join(__dirname, 'requirements.txt');
const LAUNCHER = join(__dirname, 'launcher.py');
// The functions find the SDK here, which Lambda's own runtime brings.
const NODE_MODULES = join(__dirname, '../../node_modules');

const REGION = 'us-east-1';
const DEFAULT_ACCOUNT = '000000000000';
const SECRET = 'test';
const PATIENCE_MS = 30_000;

/** A call of IAM's API over HTTP: by a test, or by a function. */
export interface IamCall {
  readonly action: string;
  readonly account: string;
  /** The error code of IAM's answer, or null. */
  readonly error: string | null;
}

/** An error that IAM answers instead of doing its work. */
export interface Fault {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** How many calls it hits. Without it: every one, until the knob is set again. */
  readonly times?: number;
}

/** Why a role cannot be deleted, as in the answer to GetServiceLinkedRoleDeletionStatus. */
export interface InUse {
  readonly reason: string;
  readonly usage: readonly { readonly region: string; readonly resources: readonly string[] }[];
}

/** What IAM does apart from its usual behaviour. */
export interface Knobs {
  /** Lets deletions fail although no resource of the emulator uses the role. */
  readonly inUse: InUse | null;
  /** How often a deletion started from now on is still IN_PROGRESS when asked. At 0 it is over at once. */
  readonly pendingDeletionSteps: number;
  /** How many times GetRole does not find a role created from now on. */
  readonly laggingReads: number;
  /** How many seconds the CreateDate of a role created from now on lies back. */
  readonly roleAge: number;
  /** Faults by action. Setting the knob replaces all of them. */
  readonly faults: Readonly<Record<string, Fault>>;
  /** Whether IAM takes requests and never answers them. */
  readonly hangs: boolean;
}

/** A local AWS with IAM, Lambda and CloudFormation: MiniStack, with the launcher's corrections. */
export class LocalAws {
  /** Starts one on a free port of 127.0.0.1; the first time ever, it installs MiniStack next to this file. */
  public static async start(options: { readonly onInstall?: () => void } = {}): Promise<LocalAws> {
    const python = await installedPython(REQUIREMENTS, options.onInstall);
    // Its standard input ends with this process, however that ends, and the launcher ends with its standard input.
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
      throw new Error(`the local AWS does not answer: ${error}\n${log}`);
    }
  }

  private constructor(
    private readonly launcher: ChildProcess,
    /** The URL of every service. */
    public readonly endpoint: string,
    private readonly directory: string,
  ) {}

  /** The environment that sends the AWS CLI, the CDK CLI and SDKs here. */
  public env(account: string = DEFAULT_ACCOUNT): Record<string, string> {
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
  public clientConfig(account: string = DEFAULT_ACCOUNT, region: string = REGION) {
    return { endpoint: this.endpoint, region, credentials: { accessKeyId: account, secretAccessKey: SECRET } };
  }

  /** Sets some knobs, of one account or of all; what an account has of its own wins. */
  public async setKnobs(knobs: Partial<Knobs>, account?: string): Promise<void> {
    await this.request('PUT', `/_emulator/knobs${ofAccount(account)}`, JSON.stringify(knobs));
  }

  /** The calls of IAM's API so far, in order, of one account or of all. */
  public async calls(account?: string): Promise<IamCall[]> {
    return await (await this.request('GET', `/_emulator/calls${ofAccount(account)}`)).json() as IamCall[];
  }

  /** Wipes every account, the knobs and the log of calls. */
  public async reset(): Promise<void> {
    await this.request('POST', '/_emulator/reset');
  }

  /** The server's log, for messages about failures. Empty once it has stopped. */
  public log(): string {
    const file = join(this.directory, 'server.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Ends the server and its functions, and removes their files. */
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
    const response = await fetch(this.endpoint + path, { method, body, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}

function ofAccount(account?: string): string {
  return account ? `?account=${account}` : '';
}

/** The first line of the launcher's output. Afterwards nothing of the launcher keeps this process alive. */
async function announcement(launcher: ChildProcess): Promise<{ port: number; directory: string }> {
  let complaint = '';
  launcher.stderr!.on('data', (chunk: Buffer) => complaint += chunk.toString());
  const [line] = await Promise.race([once(createInterface(launcher.stdout!), 'line'), once(launcher, 'close')]);
  if (typeof line !== 'string') throw new Error(`the local AWS did not start: ${complaint.trim()}`);
  launcher.unref();
  for (const pipe of launcher.stdio) (pipe as Socket).unref();
  return JSON.parse(line) as { port: number; directory: string };
}
