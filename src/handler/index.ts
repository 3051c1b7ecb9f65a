import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { systemClock } from './clock';
import { iamClient } from './iam';
import { putResponse } from './put-response';
import { respond } from './respond';

/** The entry. Lambda calls it with an event of CloudFormation. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> {
  await respond(event, context.getRemainingTimeInMillis(), {
    clock: systemClock, iam: iamClient, put: putResponse, log: console.log, random: Math.random,
  });
}
