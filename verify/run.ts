import { setTimeout } from 'node:timers/promises';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import { type DeletionTaskFailureReasonType, IAM, NoSuchEntityException, type Role } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { type Created, Cleanup } from './cleanup';
import type { Caller } from './guards';
import type { TargetAws } from './target-aws';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../src/private/role-identity';

const TIMEOUT = 20 * 60_000;

/** How a deletion of the role ended. */
export interface Deletion {
  readonly taskId: string;
  /** Of the task. Undefined if IAM does not know the task afterwards. */
  readonly status?: string;
  readonly reason?: DeletionTaskFailureReasonType;
}

/** One run on one AWS: its names, what it created, and the calls that several facts make. */
export class Run {
  public readonly iam: IAM;
  public readonly elastiCache: ElastiCache;
  public readonly logs: CloudWatchLogs;
  public readonly roleArn: string;
  private readonly sts: STS;
  private readonly cleanup: Cleanup;
  private readonly closing: (() => void)[] = [];
  private count = 0;
  private isCleaning = false;

  constructor(
    public readonly aws: TargetAws,
    public readonly caller: Caller,
    /** Starts each name that the run gives. */
    public readonly prefix: string,
    public readonly log: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {
    this.iam = new IAM(aws.clientConfig());
    this.elastiCache = new ElastiCache(aws.clientConfig());
    this.logs = new CloudWatchLogs(aws.clientConfig());
    this.sts = new STS(aws.clientConfig());
    this.cleanup = new Cleanup(log);
    this.roleArn = `arn:${caller.partition}:iam::${caller.account}:role${ROLE_PATH}${ROLE_NAME}`;
  }

  public close(): void {
    [this.iam, this.elastiCache, this.logs, this.sts].forEach((client) => client.destroy());
    this.closing.forEach((close) => close());
  }

  /** A name that no other resource has. */
  public name(kind: string): string {
    return `${this.prefix}-${kind}-${++this.count}`;
  }

  /** Registers what a fact created. */
  public created(created: Created): void {
    this.cleanup.add(created);
  }

  public get isInterrupted(): boolean {
    return this.signal.aborted;
  }

  /** Registers what closes with the run. */
  public onEnd(close: () => void): void {
    this.closing.push(close);
  }

  /** Deletes what was created so far, including after an interruption, and `last` after it. Returns what it failed to delete. */
  public async cleanUp(last?: Created): Promise<readonly Created[]> {
    this.isCleaning = true;
    if (last) {
      this.cleanup.addLast(last);
    }
    try {
      return await this.cleanup.run();
    } finally {
      this.isCleaning = false;
    }
  }

  /** Waits, unless the run is interrupted. */
  public async sleep(ms: number): Promise<void> {
    await setTimeout(ms, undefined, this.isCleaning ? {} : { signal: this.signal });
  }

  /** Tries until there is a result. */
  public async until<T>(what: string, attempt: () => Promise<T | undefined>, timeout = TIMEOUT): Promise<T> {
    for (const start = Date.now(); ;) {
      if (!this.isCleaning) {
        this.signal.throwIfAborted();
      }
      const result = await attempt();
      if (result !== undefined) {
        return result;
      }
      if (Date.now() - start > timeout) {
        throw new Error(`${what} did not happen within ${timeout / 1_000} s`);
      }
      await this.sleep(this.aws.pollInterval);
    }
  }

  /** The role with the reserved name. */
  public async role(): Promise<Role | undefined> {
    try {
      return (await this.iam.getRole({ RoleName: ROLE_NAME })).Role;
    } catch (error) {
      if (error instanceof NoSuchEntityException) {
        return undefined;
      }
      throw error;
    }
  }

  public async createRole(description?: string): Promise<Role> {
    const { Role: created } = await this.iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL, Description: description });
    await this.until('GetRole of the created role', () => this.role());
    return created!;
  }

  /** Requests the deletion of the role, and waits for its end. */
  public async deleteRole(iam = this.iam): Promise<Deletion> {
    const { DeletionTaskId: taskId = '' } = await iam.deleteServiceLinkedRole({ RoleName: ROLE_NAME });
    return this.until('the deletion', async () => {
      try {
        const { Status: status, Reason: reason } = await this.iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: taskId });
        return status === 'SUCCEEDED' || status === 'FAILED' ? { taskId, status, reason } : undefined;
      } catch (error) {
        if (error instanceof NoSuchEntityException) {
          return { taskId };
        }
        throw error;
      }
    });
  }

  public async withoutRole(): Promise<void> {
    if (await this.role()) {
      const { status, reason } = await this.deleteRole();
      if (status === 'FAILED') {
        throw new Error(`IAM did not delete ${ROLE_NAME}: ${JSON.stringify(reason)}`);
      }
      await this.until('GetRole without the role', async () => await this.role() ? undefined : true);
    }
  }

  public async withRole(): Promise<void> {
    if (!await this.role()) {
      await this.createRole();
    }
  }

  /** A new IAM role that may do what the statements allow and nothing else. */
  public async principalWith(...statements: readonly object[]): Promise<Principal> {
    const RoleName = this.name('caller');
    const AssumeRolePolicyDocument = policy({ Effect: 'Allow', Principal: { AWS: `arn:${this.caller.partition}:iam::${this.caller.account}:root` }, Action: 'sts:AssumeRole' });
    const { Role: role } = await this.iam.createRole({ RoleName, AssumeRolePolicyDocument, Description: 'Of npm run verify' });
    this.created({
      description: `the IAM role ${RoleName}`,
      command: `aws iam delete-role-policy --role-name ${RoleName} --policy-name only; aws iam delete-role --role-name ${RoleName}`,
      delete: async () => {
        await this.iam.deleteRolePolicy({ RoleName, PolicyName: 'only' }).catch(ignoreMissing);
        await this.iam.deleteRole({ RoleName }).catch(ignoreMissing);
      },
    });
    await this.iam.putRolePolicy({ RoleName, PolicyName: 'only', PolicyDocument: policy(...statements) });
    // A new role cannot be assumed at once.
    const { accessKeyId, secretAccessKey, sessionToken } = await this.until('AssumeRole of a new role', async () => {
      try {
        const { Credentials: of } = await this.sts.assumeRole({ RoleArn: role!.Arn!, RoleSessionName: 'verify' });
        return { accessKeyId: of!.AccessKeyId!, secretAccessKey: of!.SecretAccessKey!, sessionToken: of!.SessionToken! };
      } catch (error) {
        if (isDenial(error)) {
          return undefined;
        }
        throw error;
      }
    }, 120_000);
    return { arn: role!.Arn!, config: { ...this.aws.clientConfig(), credentials: { accessKeyId, secretAccessKey, sessionToken } } };
  }

  /** What IAM says to a call by a new role: a denial counts only if it lasts. */
  public async outcome(call: () => Promise<unknown>): Promise<string> {
    const start = Date.now();
    return this.until('an outcome', async () => {
      try {
        await call();
        return 'allowed';
      } catch (error) {
        const isNew = isDenial(error) && Date.now() - start < this.aws.denialPatience;
        return isNew ? undefined : describe(error);
      }
    });
  }
}

/** An IAM role of the run, with the configuration of clients that call as it. */
export interface Principal {
  readonly arn: string;
  readonly config: ReturnType<TargetAws['clientConfig']>;
}

export interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Status and code of an error; "denied" for an access-denied error. */
export function describe(error: unknown): string {
  const { name, $metadata } = error as ServiceError;
  return isDenial(error) ? 'denied' : `${$metadata?.httpStatusCode ?? 'no response'} ${name}`;
}

/** The same with the message. */
export function describeFully(error: unknown): string {
  return `${describe(error)}: ${(error as Error).message}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function isDenial(error: unknown): boolean {
  return (error as ServiceError).$metadata?.httpStatusCode === 403;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof NoSuchEntityException)) {
    throw error;
  }
}

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
