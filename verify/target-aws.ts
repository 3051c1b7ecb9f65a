import type { Target } from './arguments';
import type { ClientConfig, Environment } from '../test/local-aws/environment';
import type { LocalAws } from '../test/local-aws/local-aws';

/** The AWS that is verified. */
export interface TargetAws extends Environment {
  readonly isLocal: boolean;
  readonly region: string;
  /** Milliseconds during which a denial can be that of an older policy. */
  readonly denialPatience: number;
}

/** An account of AWS, with the credentials that the SDK and the CLI find. */
export function accountOf({ account, region }: Target): TargetAws {
  return {
    isLocal: false,
    account,
    region,
    pollInterval: 2_000,
    denialPatience: 30_000,
    clientConfig: (other = region): ClientConfig => ({ region: other, maxAttempts: 10, retryMode: 'adaptive' }),
    env: () => ({ ...process.env as Record<string, string>, AWS_REGION: region, AWS_DEFAULT_REGION: region }),
  };
}

export function localAccount(aws: LocalAws): TargetAws {
  const config = aws.clientConfig();
  return {
    isLocal: true,
    account: config.credentials.accessKeyId,
    region: config.region,
    pollInterval: 50,
    denialPatience: 0,
    clientConfig: (region) => aws.clientConfig(undefined, region),
    env: () => aws.env(),
  };
}
