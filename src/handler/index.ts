import { IAMClient } from '@aws-sdk/client-iam';
import type { Context, CloudFormationCustomResourceEvent } from 'aws-lambda';
import { systemClock } from './clock';
import { connect } from './iam';
import { handle } from './protocol';

// One attempt: the retries are ours, which know the deadline.
const client = new IAMClient({ maxAttempts: 1 });

const handler = (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) =>
  handle(event, context.getRemainingTimeInMillis(), {
    clock: systemClock,
    iam: (signal) => connect(client, signal),
    // Bytes go without a content type, as the signature of the URL wants it.
    put: async (url, body) => (await fetch(url, { method: 'PUT', body: Buffer.from(body) })).status,
    log: console.log,
  });

export = { handler };
