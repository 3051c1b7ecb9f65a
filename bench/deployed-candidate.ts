import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { STACK, type StackProps, synthesize, TYPE_OF_ROLE } from './assemblies';
import { PRINCIPAL } from './candidates/candidate';
import type { Candidate } from './results';
import { Account } from '../local-aws/aws-account';
import type { Settings, LocalAws } from '../local-aws/local-aws';

const DAY = 24 * 3600;

export interface Outcome {
  readonly succeeded: boolean;
  readonly seconds: number;
  /** What the CLI printed. */
  readonly output: string;
  /** The calls of IAM's API. */
  readonly calls: readonly string[];
}

/** An account of its own for a candidate, and the CDK CLI that deploys there. */
export class DeployedCandidate {
  public readonly account: Account;

  constructor(private readonly aws: LocalAws, public readonly candidate: Candidate) {
    this.account = new Account(aws);
  }

  /** The same candidate in another account. */
  public inAnotherAccount(): DeployedCandidate {
    return new DeployedCandidate(this.aws, this.candidate);
  }

  public configure(settings: Partial<Settings>): Promise<void> {
    return this.aws.configure(settings, this.account.id);
  }

  /** What somebody else did before. */
  public async createRole(ageSeconds = DAY, Description?: string): Promise<void> {
    await this.configure({ roleAge: ageSeconds });
    await this.account.iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: PRINCIPAL, Description }));
    await this.configure({ roleAge: 0 });
  }

  /** Deploys; the CLI is ended after `endAfterSeconds`. */
  public async deploy(props: StackProps = {}, endAfterSeconds?: number): Promise<Outcome> {
    const assembly = synthesize(this.candidate, props);
    if (!props.bootstrapless) {
      await this.makeBucketForAssets();
    }
    return this.run(['deploy', '--app', assembly, '--method=direct', '--require-approval=never'], endAfterSeconds);
  }

  public async destroy(props: StackProps = {}): Promise<Outcome> {
    return this.run(['destroy', '--app', synthesize(this.candidate, props), '--force']);
  }

  /** How old the role was when the resource that stands for it was complete. */
  public async ageWhenComplete(): Promise<number | undefined> {
    const cloudFormation = new CloudFormationClient(this.aws.clientConfig(this.account.id));
    const { StackResources: resources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: STACK }));
    cloudFormation.destroy();
    const complete = resources.find(({ ResourceType: type }) => TYPE_OF_ROLE.test(type!));
    const role = await this.account.role();
    return complete && role && (complete.Timestamp!.getTime() - role.CreateDate!.getTime()) / 1000;
  }

  private async makeBucketForAssets(): Promise<void> {
    const s3 = new S3Client({ ...this.aws.clientConfig(this.account.id), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: `cdk-hnb659fds-assets-${this.account.id}-us-east-1` }));
    s3.destroy();
  }

  private async run(args: readonly string[], endAfterSeconds = 0): Promise<Outcome> {
    const callsBefore = (await this.account.calls()).length;
    const start = performance.now();
    const { exitCode, output } = await this.account.cdk([...args, STACK], endAfterSeconds * 1000);
    const seconds = (performance.now() - start) / 1000;
    return { succeeded: exitCode === 0, seconds, output, calls: (await this.account.calls()).slice(callsBefore) };
  }
}
