import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
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
  /** For roles created from now on: the age in seconds at creation. */
  readonly roleAge: number;
  /** Faults by action. A new value replaces all of them. */
  readonly faults: Readonly<Record<string, Fault>>;
}

/** A local AWS with IAM, Lambda, and CloudFormation: MiniStack with the corrections of the launcher. */
export class LocalAws {
  /** Starts on a free port of 127.0.0.1. The first start installs MiniStack next to this file. */
  public static async start(): Promise<LocalAws> {
    const python = await installedPython(REQUIREMENTS);
    // The launcher ends when its standard input closes, which happens whenever this process ends.
    const launcher = spawn(python, ['-B', LAUNCHER], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: process.env.HOME,
        NODE_PATH: NODE_MODULES,
      },
    });
    const log = logOf(launcher);
    return new LocalAws(launcher, `http://127.0.0.1:${await announcedPort(launcher, log)}`, log);
  }

  /** `endpoint`: the URL of every service. */
  private constructor(private readonly launcher: ChildProcess, public readonly endpoint: string, private readonly log: () => string) {}

  /** How clients and the CLIs reach an account of this AWS. */
  public target(account = DEFAULT_ACCOUNT): Target {
    return {
      account,
      clientConfig: (region = REGION) => ({ endpoint: this.endpoint, region, credentials: { accessKeyId: account, secretAccessKey: SECRET } }),
      env: () => ({
        AWS_ENDPOINT_URL: this.endpoint,
        AWS_ENDPOINT_URL_S3: this.endpoint,
        AWS_ACCESS_KEY_ID: account,
        AWS_SECRET_ACCESS_KEY: SECRET,
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CDK_DISABLE_VERSION_CHECK: '1',
      }),
    };
  }

  /** Changes some settings of an account. */
  public async configure(account: string, settings: Partial<Settings>): Promise<void> {
    await this.request('settings', { account, settings: JSON.stringify(settings) });
  }

  /** The calls of the IAM API over HTTP in an account, in order: action and error code. */
  public async calls(account: string): Promise<string[]> {
    return await (await this.request('calls', { account })).json() as string[];
  }

  /** Ends the server and its functions, and deletes their files. */
  public async stop(): Promise<void> {
    if (this.launcher.exitCode !== null || this.launcher.signalCode !== null) return;
    const exit = once(this.launcher, 'exit');
    this.launcher.ref();
    this.launcher.stdin!.end();
    await exit;
  }

  private async request(path: string, query: Record<string, string>): Promise<Response> {
    const url = `${this.endpoint}/_emulator/${path}?${new URLSearchParams(query)}`;
    try {
      const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.ok) return response;
      throw new Error(`${response.status} ${await response.text()}`);
    } catch (error) {
      throw new Error(`${url}: ${(error as Error).message}\n${this.log()}`, { cause: error });
    }
  }
}

/** Reads the log of the launcher. Returns a function that returns its end. */
function logOf(launcher: ChildProcess): () => string {
  let end = '';
  launcher.stderr!.setEncoding('utf8').on('data', (text: string) => end = (end + text).slice(-5_000));
  return () => end;
}

/** The first line of the launcher's output is the port. Afterward, the launcher does not keep this process alive. */
async function announcedPort(launcher: ChildProcess, log: () => string): Promise<string> {
  const [line] = await Promise.race([once(createInterface(launcher.stdout!), 'line'), once(launcher, 'close')]);
  if (typeof line !== 'string') throw new Error(`the local AWS did not start:\n${log()}`);
  launcher.unref();
  for (const pipe of launcher.stdio) (pipe as Socket).unref();
  return line;
}
