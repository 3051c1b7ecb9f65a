import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { systemClock } from './clock';
import { connect } from './iam';
import { handle } from './protocol';

const handler = (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) =>
  handle(event, context.getRemainingTimeInMillis(), {
    clock: systemClock,
    iam: connect,
    // Bytes go without a content type, as the signature of the URL wants it.
    put: async (url, body) => (await fetch(url, { method: 'PUT', body: Buffer.from(body) })).status,
    log: console.log,
  });

export = { handler };
