import type { Clock } from './clock';
import type { RetryingIam } from './retry';

/** What a request of CloudFormation is handled with. */
export interface RequestContext {
  /** Of the custom resource before this request; see physical-resource-id.ts. */
  readonly physicalResourceId: string;
  readonly iam: RetryingIam;
  readonly clock: Clock;
  log(line: string): void;
}
