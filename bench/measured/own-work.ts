// Run in a fresh process where the SDK is loaded and has been used: the same without the time in which the SDK or Node's HTTP client have work or wait.
import https from 'https';
import sdk = require('@aws-sdk/client-iam');
import { CONTEXT } from './context';

const [file, handler, event] = process.argv.slice(2);

let elsewhereMs = 0;
function outside(start: number): void {
  elsewhereMs += performance.now() - start;
}

function watchSdk(): void {
  class WatchedClient extends sdk.IAM {
    constructor(config: sdk.IAMClientConfig) {
      const start = performance.now();
      super(config);
      outside(start);
    }
  }
  const { send } = sdk.IAM.prototype;
  Object.assign(WatchedClient.prototype, {
    send(this: object, ...args: never): Promise<unknown> {
      const start = performance.now();
      return (send as (...input: never) => Promise<unknown>).apply(this, args).finally(() => outside(start));
    },
  });
  Object.assign(sdk, { IAM: WatchedClient });
}

function watchResponse(): void {
  const { request } = https;
  Object.assign(https, {
    request(...args: Parameters<typeof request>) {
      const start = performance.now();
      if (typeof args[0] !== 'string') {
        return request(...args); // the SDK's
      }
      return request(...args).prependOnceListener('response', () => outside(start));
    },
  });
}

async function main() {
  await new sdk.IAM().getRole({ RoleName: 'AWSServiceRoleForElastiCache' });
  watchSdk();
  watchResponse();
  console.log('Node.js has opened its output by now, as in Lambda');

  const start = performance.now();
  await require(file)[handler](JSON.parse(event), CONTEXT);
  const ownMs = performance.now() - start - elsewhereMs;
  process.send!({ ownMs }, () => process.exit());
}

void main();
