import { once } from 'events';
import { createServer, type IncomingMessage, type ServerResponse } from 'http';
import type { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import type { Action, IamModel, SdkError } from './iam-model';

/** The response to a request, or what the request meets instead. */
export type WireReply = (response: ServerResponse) => unknown;

export const replies = (status: number, body: string, type = 'text/xml'): WireReply => (response) =>
  response.writeHead(status, { 'content-type': type }).end(body);

/** IAM's API before a model, at the URL to which the handler also sends its responses. */
export class IamServer {
  /** The IAM actions that were called, and `PUT` for each response. */
  calls: string[] = [];
  /** The bodies of the responses. */
  responses: string[] = [];
  /** What the next requests meet, by action or `PUT`. */
  faults: Record<string, WireReply[]> = {};
  private model?: IamModel;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  /** Returns the URL. */
  async open(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Starts again with an account. */
  reset(model: IamModel): void {
    Object.assign(this, { model, calls: [], responses: [], faults: {} });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const parameters = request.method === 'PUT' ? undefined : Object.fromEntries(new URLSearchParams(body));
    const call = parameters?.Action ?? 'PUT';
    this.calls.push(call);
    if (!parameters) {
      this.responses.push(body);
    }
    const reply = this.faults[call]?.shift() ?? (parameters ? this.carryOut(parameters) : replies(200, ''));
    reply(response);
  }

  private carryOut({ Action: name, Version: _, ...request }: Record<string, string>): WireReply {
    const action = `${name[0].toLowerCase()}${name.slice(1)}` as Action;
    try {
      const result = asXml({ [`${name}Result`]: this.model!.carryOut(action, request as never) });
      return replies(200, `<${name}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">${result}${METADATA}</${name}Response>`);
    } catch (thrown) {
      const error = thrown as SdkError;
      return replies(error.$metadata.httpStatusCode, errorAsXml(error.Type, error.Code, error.message));
    }
  }
}

const METADATA = '<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>';

export function errorAsXml(Type: string, Code: string, Message: string): string {
  return `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">${asXml({ Error: { Type, Code, Message }, RequestId: '1' })}</ErrorResponse>`;
}

function asXml(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map((member) => asXml({ member })).join('');
  }
  if (value instanceof Date) {
    return value.toISOString().replace(/\.\d+/, '');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([name, content]) => `<${name}>${asXml(content)}</${name}>`).join('');
  }
  return String(value).replace(/[&<>\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
