import type { DeployedStack } from './aws-account';
import type { IamCall, Settings } from './local-aws';

/** An account and a Region of a local AWS, or of AWS. */
export interface Environment {
  readonly account: string;
  /** Starts the name of each stack. @default - nothing */
  readonly prefix?: string;
  /** Whether a deletion of the role ends after its request. */
  readonly isAsynchronous?: boolean;
  /** The configuration of an SDK client, which finds the credentials by itself if there are none in it. */
  clientConfig(region?: string): ClientConfig;
  /** The environment variables of the CDK CLI. */
  env(): Readonly<Record<string, string>>;
  /** Waits until it is time to read a status again. */
  wait(): Promise<void>;
  /** Is called with each stack before its first deployment. */
  onStack?(stack: DeployedStack): void;
  /** Only of a local AWS: the IAM calls in the account. */
  calls?(): Promise<IamCall[]>;
  /** Only of a local AWS. */
  configure?(settings: Partial<Settings>): Promise<void>;
}

export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  readonly maxAttempts?: number;
  readonly retryMode?: string;
}
