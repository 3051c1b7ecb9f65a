import type { Target } from './arguments';
import type { ClientConfig } from '../local-aws/environment';
import type { LocalAws } from '../local-aws/local-aws';

/** The account and the Region that are verified. */
export interface TargetAws {
  /** If they are those of a local AWS. */
  readonly local?: LocalAws;
  readonly account: string;
  readonly region: string;
  /** Milliseconds between two reads of something that changes. */
  readonly pollInterval: number;
  /** Milliseconds during which a denial can come from an older policy. */
  readonly denialPatience: number;
  clientConfig(region?: string): ClientConfig;
  /** The environment variables of the CDK CLI. */
  env(): Readonly<Record<string, string>>;
}

/** An account of AWS, with the credentials that the SDK and the CLI find. */
export function accountOf({ account, region }: Target): TargetAws {
  return {
    account,
    region,
    pollInterval: 2_000,
    denialPatience: 30_000,
    clientConfig: (other = region) => ({ region: other, maxAttempts: 10, retryMode: 'adaptive' }),
    env: () => ({ ...process.env as Record<string, string>, AWS_REGION: region, AWS_DEFAULT_REGION: region }),
  };
}

export function localAccount(local: LocalAws): TargetAws {
  const { region, credentials } = local.clientConfig();
  return {
    local,
    account: credentials.accessKeyId,
    region,
    pollInterval: 50,
    denialPatience: 0,
    clientConfig: (other) => local.clientConfig(undefined, other),
    env: () => local.env(),
  };
}
