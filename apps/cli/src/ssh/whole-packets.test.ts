import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, it } from '@jest/globals';
import { startSshd } from '@servonaut/testkit';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { sendPacketsWhole } from './whole-packets.ts';

const LENGTH_BYTES = 4;
const TAG_BYTES = 16;

/** The socket, with a record of what went to the system in one call each. */
function recording(socket: Socket, sent: Buffer[]): Duplex {
  const send = (bytes: Buffer, done: (error?: Error | null) => void): void => {
    sent.push(bytes);
    socket.write(bytes, done);
  };
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
  });
  socket.on('data', (data) => stream.push(data)).on('end', () => stream.push(null));
  return stream;
}

function run(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      channel.resume().on('close', () => resolve(channel));
    });
  });
}

it('sends each packet of AES-GCM in one call', async () => {
  const sshd = await startSshd();
  const socket = connect({ host: sshd.host, port: sshd.port, noDelay: true });
  const sent: Buffer[] = [];
  const stream = recording(socket, sent);
  const client = new ssh2.Client();
  sendPacketsWhole(client, stream);
  client.connect({
    sock: stream,
    username: sshd.user,
    privateKey: sshd.privateKey,
    hostVerifier: () => true,
    algorithms: { cipher: ['aes128-gcm@openssh.com'] },
  });
  await once(client, 'ready');
  sent.length = 0;
  await run(client, 'true');
  expect(sent.length).toBeGreaterThan(1);
  // The length of a packet stands before it in the clear (RFC 5647 section 7.3).
  for (const segment of sent) expect(segment).toHaveLength(LENGTH_BYTES + segment.readUInt32BE() + TAG_BYTES);
  client.end();
  socket.destroy();
  await sshd.stop();
});
