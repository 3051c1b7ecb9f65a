import { setTimeout } from 'node:timers/promises';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import type { Role } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { describe, ignoring, isDenial } from './errors';
import { AwsAccount, type ClientConfig, type DeployedStack, type Target } from '../local-aws/aws-account';
import { ROLE_NAME, ROLE_PATH } from '../src/private/role-identity';

/** What a run created, or changed. */
export interface Created {
  readonly description: string;
  delete(): Promise<unknown>;
}

/** One run on one account: what it creates and deletes again, and the calls that several facts make. */
export class Run extends AwsAccount {
  /** Starts each name that the run gives. */
  public readonly prefix = `slr-verify-${Date.now().toString(36)}`;
  public readonly isLocal: boolean;
  public readonly region: string;
  public readonly roleArn: string;
  public readonly elastiCache: ElastiCache;
  private created: Created[] = [];
  private cleanUps = 0;
  private isCleaning = false;

  constructor(target: Target, public readonly partition: string, public readonly log: (line: string) => void, private readonly signal: AbortSignal) {
    super(target);
    const config = target.clientConfig();
    this.isLocal = config.endpoint !== undefined;
    this.region = config.region;
    this.roleArn = `arn:${partition}:iam::${target.account}:role${ROLE_PATH}${ROLE_NAME}`;
    this.elastiCache = new ElastiCache(config);
  }

  /** A name of the current fact. */
  public override name(kind: string): string {
    return `${this.prefix}-${this.cleanUps}-${kind}`;
  }

  public override stack(name: string): DeployedStack {
    const stack = super.stack(name);
    this.toDelete(`the stack ${stack.name} in ${this.region}`, () => stack.destroyIfExists());
    return stack;
  }

  /** Waits, unless the run is interrupted. */
  public override async wait(): Promise<void> {
    await setTimeout(this.isLocal ? 50 : 2_000, undefined, this.isCleaning ? {} : { signal: this.signal });
  }

  /** Registers what the run created. The description has its kind, its name, and unless it is global, its Region. */
  public toDelete(description: string, deletion: () => Promise<unknown>): void {
    this.created.push({ description, delete: deletion });
  }

  /** Deletes what was created, the newest first, and `last` after it. Returns what it failed to delete, which the next call tries again. */
  public async cleanUp(last?: Created): Promise<readonly Created[]> {
    this.isCleaning = true;
    const failed: Created[] = [];
    for (const created of [...this.created].reverse().concat(last ?? [])) {
      await created.delete().catch((error: Error) => {
        this.log(`failed to delete ${created.description}: ${error.message}`);
        failed.unshift(created);
      });
    }
    this.isCleaning = false;
    this.cleanUps++;
    return this.created = failed;
  }

  public async withRole(): Promise<void> {
    if (!await this.role()) await this.createRole();
  }

  /** Leaves the role as the run found it: existing or not, with its description. */
  public restoring(role: Role | undefined): Created {
    if (!role) return { description: `the role ${ROLE_NAME}`, delete: () => this.withoutRole() };
    const { Description = '' } = role;
    return {
      description: `what the run did to the role ${ROLE_NAME}, whose description was ${JSON.stringify(Description)}`,
      delete: async () => {
        await this.withRole();
        if (((await this.role())!.Description ?? '') !== Description) await this.iam.updateRoleDescription({ RoleName: ROLE_NAME, Description });
      },
    };
  }

  /** The configuration of clients that call as a new IAM role, which may do what the statements allow and nothing else. */
  public async principalWith(...statements: readonly object[]): Promise<ClientConfig> {
    const RoleName = this.name('caller');
    const PolicyName = 'only';
    const trust = policy({ Effect: 'Allow', Principal: { AWS: `arn:${this.partition}:iam::${this.id}:root` }, Action: 'sts:AssumeRole' });
    const { Role: role } = await this.iam.createRole({ RoleName, AssumeRolePolicyDocument: trust, Description: 'Of npm run verify' });
    this.toDelete(`the IAM role ${RoleName}`, async () => {
      await this.iam.deleteRolePolicy({ RoleName, PolicyName }).catch(ignoring(({ name }) => name === 'NoSuchEntityException'));
      await this.iam.deleteRole({ RoleName });
    });
    await this.iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: policy(...statements) });
    const sts = new STS(this.target.clientConfig());
    // A new role cannot be assumed at once.
    const { Credentials: of } = await this.until('AssumeRole of a new role', () =>
      sts.assumeRole({ RoleArn: role!.Arn!, RoleSessionName: 'verify' }).catch(ignoring(isDenial)));
    const credentials = { accessKeyId: of!.AccessKeyId!, secretAccessKey: of!.SecretAccessKey!, sessionToken: of!.SessionToken! };
    return { ...this.target.clientConfig(), credentials };
  }

  /** What IAM says to a call by a new role: a denial counts only if it lasts, because it can come from an older policy. */
  public async outcome(call: () => Promise<unknown>): Promise<string> {
    const end = Date.now() + (this.isLocal ? 0 : 30_000);
    return this.until('an outcome', () => call().then(() => 'allowed', (error) => isDenial(error) && Date.now() < end ? undefined : describe(error)));
  }
}

/** A policy document with these statements. */
export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
