import http = require('http');
import https = require('https');

/** Sends the body, without a content type, as the signature of the URL wants it; gives the HTTP status. */
export function put(url: string, body: string): Promise<number> {
  // The SDK needs these modules anyway, whereas fetch would load a client of its own.
  const { request } = url.startsWith('https') ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { method: 'PUT' }, (response) => resolve(response.resume().statusCode!)).on('error', reject).end(body);
  });
}
