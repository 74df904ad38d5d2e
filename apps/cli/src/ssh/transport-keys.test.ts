import { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { startSshd } from '@servonaut/testkit';
import ssh2, { type CipherAlgorithm, type Client } from 'ssh2';
import { prepareTransportKeys } from './transport-keys.ts';

interface WithKeys {
  readonly _protocol: { readonly _cipher: { _encKey: unknown }; readonly _decipher: { _decipherKey: unknown } };
}

const keysOf = (client: Client) => {
  const { _cipher, _decipher } = (client as unknown as WithKeys)._protocol;
  return [_cipher._encKey, _decipher._decipherKey];
};

function outputOf(client: Client, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let bytes = 0;
      channel.on('data', (data: Buffer) => (bytes += data.length)).on('close', () => resolve(bytes));
    });
  });
}

it.each<CipherAlgorithm>([
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'chacha20-poly1305@openssh.com',
])('with %s output arrives whole over several key exchanges', async (cipher) => {
  const sshd = await startSshd({ config: ['RekeyLimit 256K'] });
  const socket = connect({ host: sshd.host, port: sshd.port, noDelay: true });
  const client = new ssh2.Client();
  prepareTransportKeys(client);
  let exchanges = 0;
  client.on('handshake', () => exchanges++);
  const { user: username, privateKey } = sshd;
  client.connect({ sock: socket, username, privateKey, hostVerifier: () => true, algorithms: { cipher: [cipher] } });
  await once(client, 'ready');
  expect(await outputOf(client, 'head -c 2000000 /dev/zero')).toBe(2_000_000);
  expect(exchanges).toBeGreaterThan(2);
  if (cipher.includes('gcm')) expect(keysOf(client).map((key) => key instanceof KeyObject)).toEqual([true, true]);
  client.end();
  await sshd.stop();
});
