import { request as httpRequest } from 'http';
import { request as httpsRequest } from 'https';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { systemClock } from './clock';
import { iamClient } from './iam';
import { respond } from './respond';

async function handler(event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> {
  await respond(event, context.getRemainingTimeInMillis(), { clock: systemClock, iam: iamClient, put: putResponse, log: console.log });
}

/** Without a content type, as the signature of the URL requires. Not with fetch, which would load an HTTP client beside the SDK's. */
function putResponse(url: string, body: string): Promise<number> {
  const request = url.startsWith('https') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { method: 'PUT' }, (response) => resolve(response.resume().statusCode!)).on('error', reject).end(body);
  });
}

export = { handler, putResponse };
