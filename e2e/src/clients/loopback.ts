import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a client on the person's machine waits for the browser to come back with a code (RFC 8252, section 7.3). */
export interface Loopback {
  readonly url: string;
  close(): void;
}

export async function aLoopback(): Promise<Loopback> {
  const server = createServer((_request, response) => void response.end('Signed in.')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`, close: () => server.close() };
}
