import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { freePort } from '@servonaut/testkit';

const DEVICE_GRANT = encodeURIComponent('urn:ietf:params:oauth:grant-type:device_code');

/** What stands between people and a coordinator. The one behind it may change, and be away. */
export interface ImpatientProxy {
  readonly url: string;
  /** Where the coordinator is. */
  target: string;
  /** Whether each question if a device was confirmed is asked twice, at once; the second answer counts. */
  impatient: boolean;
  /** When such questions came, in milliseconds of `performance.now()`. */
  readonly asked: number[];
  stop(): Promise<void>;
}

export async function startImpatientProxy(): Promise<ImpatientProxy> {
  const port = await freePort();
  const server = createServer((request, response) => void pass(proxy, request, response));
  const proxy: ImpatientProxy = {
    url: `http://127.0.0.1:${port}`,
    target: '',
    impatient: false,
    asked: [],
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return proxy;
}

async function pass(proxy: ImpatientProxy, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const asksForDevice = body.includes(DEVICE_GRANT);
  if (asksForDevice) proxy.asked.push(performance.now());
  if (asksForDevice && proxy.impatient) await forward(proxy.target, request, body);
  const answer = await forward(proxy.target, request, body).catch(() => new Response(null, { status: 502 }));
  response.writeHead(answer.status, headersOf(answer));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

function forward(target: string, { method = 'GET', url, headers }: IncomingMessage, body: Buffer): Promise<Response> {
  const own = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
  const passed = Object.entries(headers).filter(([name]) => !own.has(name)) as [string, string][];
  return fetch(`${target}${url}`, {
    method,
    headers: passed,
    redirect: 'manual',
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
}

/** Of a body that fetch has already unpacked. */
function headersOf(answer: Response): [string, string][] {
  return [...answer.headers].filter(
    ([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name),
  );
}
