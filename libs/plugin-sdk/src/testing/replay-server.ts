import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReplayedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ReplayedAnswer {
  /** 200 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body: unknown;
}

/** An endpoint on loopback that answers as a cloud does, and keeps what it was asked. */
export interface ReplayServer {
  readonly url: string;
  readonly requests: readonly ReplayedRequest[];
  close(): Promise<void>;
}

/** @param answer of each request, in the shapes of the real interface */
export async function replayServer(answer: (request: ReplayedRequest) => ReplayedAnswer): Promise<ReplayServer> {
  const requests: ReplayedRequest[] = [];
  const reply = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://replay');
    const asked = { method: incoming.method ?? '', path: pathname, query: searchParams, headers: incoming.headers };
    const request = { ...asked, body: await text(incoming) };
    requests.push(request);
    const { status = 200, headers, body } = answer(request);
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
  };
  // A test that could not be answered breaks the connection rather than to wait for ever.
  const server = createServer((incoming, response) => void reply(incoming, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
