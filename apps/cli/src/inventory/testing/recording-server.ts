import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import type { AlgorithmOption } from '../server.ts';

/** One connection, as the server saw it. */
export interface RecordedConnection {
  readonly address: string;
  readonly port: number;
  user: string;
  /** Fingerprints of the keys that were offered, in order. */
  readonly offered: string[];
  isIn: boolean;
  /** What was agreed on with the client, by the option that lists it. No MAC where the cipher brings its own. */
  algorithms: Readonly<Partial<Record<AlgorithmOption, string>>>;
}

export interface RecordingServer {
  readonly ports: readonly number[];
  /** What came since it was asked last. */
  take(): RecordedConnection[];
  close(): void;
}

export const digest = (key: Buffer) => createHash('sha256').update(key).digest('base64').replace(/=+$/, '');

function recordLogIn(client: Connection, record: RecordedConnection, accepted: string): void {
  client.on('authentication', (context) => {
    record.user = context.username;
    if (context.method !== 'publickey') return context.reject(['publickey']);
    const key = digest(context.key.data);
    // Once to ask, and once more with a signature when the answer was yes.
    if (!context.signature) record.offered.push(key);
    if (key === accepted) context.accept();
    else context.reject(['publickey']);
  });
}

function letThrough(client: Connection): void {
  client.on('session', (accept) => {
    accept().on('exec', (take) => {
      const channel = take();
      channel.exit(0);
      channel.end();
    });
  });
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const socket = connect({ host: destIP, port: destPort, noDelay: true });
    socket.once('connect', () => {
      const channel = accept();
      channel.pipe(socket).pipe(channel);
      channel.once('close', () => socket.destroy());
    });
    socket.once('error', () => reject());
  });
}

/**
 * An SSH server on all loopback addresses that writes down who came, and lets in whoever has one certain key: as a jump host too.
 * @param accepted fingerprint of that key
 */
export async function startRecordingServer(hostKey: string, accepted: string, count: number): Promise<RecordingServer> {
  let records: RecordedConnection[] = [];
  const sockets = new Map<number, Socket>();
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (client, info) => {
    const socket = sockets.get(info.port);
    const record = {
      address: socket?.localAddress ?? '',
      port: socket?.localPort ?? 0,
      user: '',
      offered: [],
      isIn: false,
      algorithms: {},
    };
    records.push(record);
    recordLogIn(client, record, accepted);
    client.on('handshake', ({ kex, serverHostKey, cs }) => {
      const macs = cs.mac === '' ? {} : { MACs: cs.mac };
      record.algorithms = { KexAlgorithms: kex, HostKeyAlgorithms: serverHostKey, Ciphers: cs.cipher, ...macs };
    });
    client.on('ready', () => (record.isIn = true));
    // One that went away; what it did until then is written down.
    client.on('error', () => client.end());
    letThrough(client);
  });
  const listen = async (): Promise<TcpServer> => {
    const server = createServer({ noDelay: true }, (socket) => {
      const port = socket.remotePort ?? 0;
      sockets.set(port, socket);
      socket.once('close', () => sockets.delete(port));
      ssh.injectSocket(socket);
    }).listen(0, '0.0.0.0');
    await once(server, 'listening');
    return server;
  };
  const servers = await Promise.all(Array.from({ length: count }, listen));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    take: () => {
      const taken = records;
      records = [];
      return taken;
    },
    close: () => {
      for (const socket of sockets.values()) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
