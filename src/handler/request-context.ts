import type { Clock } from './clock';
import type { CallIam } from './retry';

/** What a request of CloudFormation is handled with. */
export interface RequestContext {
  /** See physical-resource-id.ts. A Create event has none. */
  readonly physicalResourceId?: string;
  readonly callIam: CallIam;
  readonly clock: Clock;
  log(line: string): void;
}
