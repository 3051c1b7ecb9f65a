import { request as httpRequest } from 'http';
import { request as httpsRequest } from 'https';

/** Sends a body to a URL, and returns the HTTP status. The signature of the URL requires that there is no content type. */
export function putResponse(url: string, body: string): Promise<number> {
  // Not with fetch, which would load an HTTP client beside the SDK's.
  const request = url.startsWith('https') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { method: 'PUT' }, (response) => resolve(response.resume().statusCode!)).on('error', reject).end(body);
  });
}
