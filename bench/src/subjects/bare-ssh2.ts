import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';
import { Client } from 'ssh2';
import type { Call } from '../measure.ts';
import type { Target } from './target.ts';

/** The floor: one exec on a warm ssh2 connection with TCP_NODELAY, nothing around it. */
export async function bareSsh2(target: Target, command: string): Promise<{ call: Call; stop(): Promise<void> }> {
  const socket = connectSocket({ host: target.host, port: target.port, noDelay: true });
  await once(socket, 'connect');
  const client = new Client();
  // The bench talks to the sshd that it has just started on loopback itself.
  client.connect({ sock: socket, username: target.user, privateKey: target.privateKey, hostVerifier: () => true });
  await once(client, 'ready');
  return {
    call: () => exec(client, command),
    stop: async () => {
      client.end();
      await once(client, 'close');
    },
  };
}

function exec(client: Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let output = '';
      channel.on('data', (data: Buffer) => (output += data.toString()));
      channel.stderr.resume();
      channel.on('close', (code: number) => (code === 0 ? resolve(output) : reject(new Error(`exit code ${code}`))));
    });
  });
}
