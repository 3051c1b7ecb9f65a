import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { systemClock } from './clock';
import { connect } from './iam';
import { handle } from './protocol';
import { put } from './put';

const handler = (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) =>
  handle(event, context.getRemainingTimeInMillis(), {
    clock: systemClock,
    iam: connect,
    put,
    log: console.log,
  });

export = { handler };
