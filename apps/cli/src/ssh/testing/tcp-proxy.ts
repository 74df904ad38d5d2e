import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server on loopback, and does to their connections what a network may do. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that were made through it so far. */
  readonly made: number;
  /** Cuts what is connected now, as soon as the server has sent `bytes` more. */
  cutAfter(bytes: number): void;
  /** Carries nothing any more on what is connected now, and tells nobody. */
  freeze(): void;
  close(): void;
}

export async function startTcpProxy(to: { readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const budgets = new Set<{ left: number }>();
  let made = 0;
  const server = createServer((client) => {
    made++;
    const upstream = connect(to.port, '127.0.0.1');
    const pair = [client, upstream];
    const budget = { left: Infinity };
    budgets.add(budget);
    const end = () => pair.forEach((socket) => socket.destroy());
    for (const socket of pair) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // What ends one side ends the other.
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      client.write(chunk.subarray(0, Math.max(0, budget.left)));
      budget.left -= chunk.length;
      if (budget.left <= 0) client.end(end);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get made() {
      return made;
    },
    cutAfter: (bytes) => budgets.forEach((budget) => (budget.left = bytes)),
    freeze: () => sockets.forEach((socket) => socket.removeAllListeners('data').pause()),
    close: () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
