import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { pipeline, type Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anOperator,
  requireProgram,
  startCoordinator,
  startSshd,
  temporaryFolder,
  type TestCoordinator,
  type TestOperator,
  type TestSshd,
} from '@servonaut/testkit';
import { connectAgent } from './agent.ts';

/** No name server knows it: whoever reaches it has gone through the proxy. */
const NAME = 'coordinator.test';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Whoever goes away takes the other end along. */
function tunnel(one: Duplex, port: number): void {
  const other = connect(port, '127.0.0.1');
  pipeline(one, other, one, () => undefined);
}

describe('an operator behind a proxy', () => {
  const servers: Server[] = [];
  const asked: string[] = [];
  let sshd: TestSshd;
  let coordinator: TestCoordinator;
  let operator: TestOperator;
  let proxy: string;

  async function certificate(): Promise<{ key: string; cert: string; file: string }> {
    const folder = await temporaryFolder();
    const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const whom = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
    execFileSync(requireProgram('openssl'), ['req', ...kind, ...whom, '-keyout', key, '-out', file], {
      stdio: 'ignore',
    });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
  }

  beforeAll(async () => {
    [sshd, coordinator] = await Promise.all([
      startSshd(),
      startCoordinator({ env: { PUBLIC_URL: `https://${NAME}` } }),
    ]);
    const { key, cert, file } = await certificate();
    const front = createTlsServer({ key, cert }, (socket) => tunnel(socket, coordinator.port));
    const tlsPort = await listening(front);
    const tunnels = createServer().on('connect', (request, socket) => {
      asked.push(`${request.method} ${request.url}`);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel(socket, tlsPort);
    });
    proxy = `http://127.0.0.1:${await listening(tunnels)}`;
    servers.push(front, tunnels);
    const { host, port, user, privateKeyPath: identity_file, hostKeyLine } = sshd;
    operator = await anOperator({
      url: `https://${NAME}`,
      token: coordinator.bootstrap().executor_token,
      servers: [{ name: 'web-1', host, port, user, identity_file }],
      knownHosts: [hostKeyLine],
      // As many write it, and curl takes it.
      env: { HTTPS_PROXY: proxy.replace('http://', ''), NO_PROXY: '', NODE_EXTRA_CA_CERTS: file },
    });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([coordinator?.stop(), sshd?.stop()]);
    for (const server of servers) server.close();
  }, 30_000);

  it('reaches the coordinator and the hub through it alone', async () => {
    const executor = await operator.connect();
    const agent = await connectAgent('http', coordinator.url, coordinator.bootstrap().agent_token);
    try {
      const { result } = await agent.call('run_command', { server: 'web-1', command: 'echo through' });
      expect(result).toMatchObject({ status: 'succeeded', stdout: 'through\n' });
      expect([...new Set(asked)]).toEqual([`CONNECT ${NAME}:443`]);
    } finally {
      await agent.close();
      await executor.stop();
    }
  }, 60_000);

  it('goes around it to what NO_PROXY names', async () => {
    const before = asked.length;
    const { code } = await anOperator({
      servers: [],
      knownHosts: [],
      env: { HTTPS_PROXY: proxy, NO_PROXY: NAME },
    }).then((other) => other.run(['login', '--url', `https://${NAME}`, '--token', '-', '--json'], 'x'));
    expect([code === 0, asked.length - before]).toEqual([false, 0]);
  });

  it('is told of an address that is none, without what is in it', async () => {
    const env = { HTTPS_PROXY: 'socks5://alice:hunter2@proxy:1080' };
    const other = await anOperator({ servers: [], knownHosts: [], env });
    const { code, stdout, stderr } = await other.run(['servers', 'list', '--json']);
    expect([code, JSON.parse(stdout).error.message]).toEqual([78, 'HTTPS_PROXY is no address of a proxy.']);
    expect(stdout + stderr).not.toContain('hunter2');
  });
});
