/** An account and a Region that stacks are deployed to: of a local AWS, or of AWS. */
export interface Environment {
  readonly account: string;
  /** Milliseconds between two reads of something that changes. */
  readonly pollInterval: number;
  /** The configuration of an SDK client, which finds its credentials by itself if there are none in it. */
  clientConfig(region?: string): ClientConfig;
  /** The environment variables of the CDK CLI. */
  env(): Readonly<Record<string, string>>;
}

export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  readonly maxAttempts?: number;
  readonly retryMode?: string;
}
