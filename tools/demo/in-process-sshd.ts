import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@servonaut/testkit';
import ssh2, { type Connection } from 'ssh2';
import type { DemoServer } from './server-facts.ts';

/** For machines without OpenSSH: ssh2's server on loopback, which runs commands as the one who started the demo. */
export async function startInProcessSshd(): Promise<DemoServer> {
  const folder = await temporaryFolder();
  const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
  const clientKey = ssh2.utils.generateKeyPairSync('ed25519');
  const identityFile = join(folder, 'id_ed25519');
  writeFileSync(identityFile, clientKey.private, { mode: 0o600 });
  const allowed = ssh2.utils.parseKey(clientKey.public);
  if (allowed instanceof Error) throw allowed;

  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    connection.on('authentication', (attempt) => {
      if (attempt.method !== 'publickey' || !attempt.key.data.equals(allowed.getPublicSSH()))
        return attempt.reject(['publickey']);
      // Without a signature the client only asks whether the key would do.
      const { signature, blob, hashAlgo } = attempt;
      // Typed as a boolean; an Error when the signature cannot be checked, and that is no yes.
      const holds: unknown = !signature || (blob && allowed.verify(blob, signature, hashAlgo));
      if (holds === true) attempt.accept();
      else attempt.reject(['publickey']);
    });
    connection.on('ready', () => serveCommands(connection));
    connection.on('error', (error: Error) => console.error(`the demo's SSH server: ${error.message}`));
  });
  // ssh2's own listener leaves Nagle's algorithm on, which would hold every short answer back for 40 ms and more.
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    kind: 'an SSH server inside this process (there is no sshd on this machine)',
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    identityFile,
    knownHostsLine: `[127.0.0.1]:${port} ${hostKey.public.split(' ').slice(0, 2).join(' ')}`,
    stop: () => new Promise((resolve) => listener.close(() => resolve())),
  };
}

function serveCommands(connection: Connection): void {
  connection.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, { command }) => {
      const channel = acceptExec();
      const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe' });
      channel.pipe(child.stdin);
      child.stdout.pipe(channel, { end: false });
      child.stderr.pipe(channel.stderr, { end: false });
      child.on('close', (code) => {
        channel.exit(code ?? 255);
        channel.end();
      });
    });
  });
}
