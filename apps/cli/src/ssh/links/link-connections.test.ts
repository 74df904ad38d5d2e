import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rawShell } from '@servonaut/plugin-sdk';
import { freePort, makeSshKey, startSshd, temporaryFolder, waitFor, type TestSshd } from '@servonaut/testkit';
import type { LinkStrategy, Server, SshTarget } from '../../inventory/server.ts';
import { SshPool } from '../ssh-pool.ts';
import { SshRemoteShell } from '../ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh-settings.ts';
import {
  NEVER,
  controlDir,
  endStarted,
  keep,
  mutePort,
  startOwn,
  proxyTo,
  hostKeyAlias,
  withConfig,
  withKey,
  targetOf,
  serverAt,
  shellOn,
} from '../testing/link-servers.ts';
import { startAgent } from '../testing/ssh-login.ts';

/** SSH_AGENTC_SIGN_REQUEST (draft-miller-ssh-agent). */
const SIGN_REQUEST = 13;

let sshd: TestSshd;

/** Socket of an agent whose keys have to be touched, which takes somebody so many milliseconds. */
async function touched(agent: string, milliseconds: number): Promise<string> {
  const path = join(await temporaryFolder(), 'touched');
  const server = createServer((client) => {
    const keys = createConnection(agent);
    keys.pipe(client);
    client.on('data', (asked) => setTimeout(() => keys.write(asked), asked[4] === SIGN_REQUEST ? milliseconds : 0));
    for (const socket of [client, keys]) socket.on('error', () => keys.destroy()).on('close', () => client.destroy());
  }).listen(path);
  await once(server, 'listening');
  keep({ close: () => void server.close() });
  return path;
}

beforeAll(async () => {
  sshd = await startSshd();
});
afterEach(endStarted);
afterAll(() => sshd.stop());

describe.each<LinkStrategy>(['ssh2', 'openssh'])('a connection of %s', (strategy) => {
  it('to a server that was started again is replaced, and the command is run once', async () => {
    const own = await startOwn();
    const { exec } = shellOn(serverAt(targetOf(own, strategy)));
    await exec(`echo 1 >> ${own.home}/ran`);
    await own.restart();
    await exec(`echo 2 >> ${own.home}/ran`);
    expect(await exec(`cat ${own.home}/ran`)).toMatchObject({ stdout: '1\n2\n' });
  });

  it('that is cut in the middle of output leaves the command as one of which nothing is known', async () => {
    const proxy = await proxyTo(sshd.port);
    const { exec } = shellOn(serverAt(targetOf(sshd, strategy, { port: proxy.port })));
    await exec('true');
    const onOutput = () => proxy.cutAfter(100_000);
    await expect(exec('yes', { onOutput })).rejects.toMatchObject({ code: 'connection_lost' });
    proxy.cutAfter(Infinity);
    expect(await exec('echo again')).toMatchObject({ stdout: 'again\n' });
    expect(proxy.made).toBe(2);
  });

  it('on which nothing comes any more is replaced, and a command that was not sent on it is run', async () => {
    const proxy = await proxyTo(sshd.port);
    const { exec, pool } = shellOn(serverAt(targetOf(sshd, strategy, { port: proxy.port })), {
      ssh_channel_timeout_ms: 1_000,
    });
    await exec('true');
    proxy.freeze();
    expect(await exec('echo again')).toMatchObject({ stdout: 'again\n' });
    expect(proxy.made).toBe(2);
    expect(pool.size).toBe(1);
  });

  it('on which nothing comes any more leaves a command as one that may have run, when its time is over before', async () => {
    const proxy = await proxyTo(sshd.port);
    const { exec } = shellOn(serverAt(targetOf(sshd, strategy, { port: proxy.port })));
    await exec('true');
    proxy.freeze();
    await expect(exec('true', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('of which no keep-alive is answered is given up', async () => {
    const proxy = await proxyTo(sshd.port);
    const keepAlive = { keepAliveMs: strategy === 'ssh2' ? 400 : 1_000, keepAliveCountMax: 1 };
    const { exec, pool } = shellOn(serverAt(targetOf(sshd, strategy, { port: proxy.port, ...keepAlive })));
    await exec('true');
    proxy.freeze();
    await waitFor(() => pool.size === 0, { what: 'the connection to be given up' });
  });

  it('that never comes about ends with the time of the call, and delays no other server', async () => {
    const mute = await mutePort();
    const settings = { ...DEFAULT_SSH_SETTINGS, ssh_connect_timeout_ms: 1_500 };
    const shell = keep(new SshRemoteShell(settings, new SshPool(settings, join(controlDir, 'c'))));
    const exec = (server: Server, timeoutMs: number) =>
      shell.exec(server, rawShell('echo hi'), { requestId: randomUUID(), timeoutMs, signal: NEVER });
    const failing = expect(exec(serverAt(targetOf(sshd, strategy, { port: mute }), 'mute'), 200)).rejects.toMatchObject(
      { code: 'connect_timeout' },
    );
    expect(await exec(serverAt(targetOf(sshd, strategy)), 20_000)).toMatchObject({ stdout: 'hi\n' });
    await failing;
  });

  it('takes no log-in for a server that does not answer in time, as when somebody has to touch a key', async () => {
    const agent = await startAgent(sshd.privateKeyPath);
    const socket = await touched(agent.socket, 2_300);
    const there = { identityFiles: [`${sshd.privateKeyPath}.pub`], agentSocket: socket, connectTimeoutMs: 2_000 };
    const way = withConfig(targetOf(sshd, strategy, there), [`IdentityAgent ${socket}`]);
    const { exec } = shellOn(serverAt(way));
    expect(await exec('echo in')).toMatchObject({ stdout: 'in\n' });
    await agent.stop();
  });

  it('that is cut anywhere in the conversation has no command run twice', async () => {
    const own = await startOwn();
    const proxy = await proxyTo(own.port);
    const { exec } = shellOn(serverAt(targetOf(own, strategy, { port: proxy.port })));
    const outcomes = [];
    for (let bytes = 0; bytes < 400; bytes += 80) {
      await exec('true');
      proxy.cutAfter(bytes);
      outcomes.push(
        await exec(`echo ${bytes} >> ${own.home}/ran`).then(
          () => 'ran',
          (error) => error.code,
        ),
      );
      proxy.cutAfter(Infinity);
    }
    const ran = (await exec(`cat ${own.home}/ran`)).stdout.trim().split('\n');
    expect(new Set(ran).size).toBe(ran.length);
    expect(new Set(outcomes)).toEqual(new Set(['ran', 'connection_lost']));
    // Before the server has opened the channel nothing was sent.
    expect(outcomes[0]).toBe('ran');
  });

  it('is refused by the server as by each other, without where the keys are', async () => {
    const stranger = await makeSshKey(join(await temporaryFolder(), 'stranger'));
    const { exec } = shellOn(serverAt(withKey(targetOf(sshd, strategy), stranger.path)));
    await expect(exec('true')).rejects.toMatchObject({
      code: 'ssh_auth_failed',
      message: expect.not.stringContaining('stranger'),
    });
  });

  it('that nobody listens for is said to be refused, without the address', async () => {
    const { exec } = shellOn(serverAt(targetOf(sshd, strategy, { port: await freePort() })));
    await expect(exec('true')).rejects.toMatchObject({
      code: 'server_unreachable',
      message: 'web-1 could not be reached: the connection was refused.',
    });
  });

  describe('by a host key', () => {
    const connect = (own: TestSshd, changes: Partial<SshTarget>, lines: readonly string[] = []) =>
      shellOn(serverAt(withConfig(targetOf(own, strategy, changes), lines))).exec('true');
    const recorded = async (text: string) => {
      const path = join(await temporaryFolder(), 'known_hosts');
      writeFileSync(path, text);
      return { userKnownHostsFiles: [path] };
    };

    // What would have ssh(1) go on, or learn the key, is not obeyed.
    const lax = ['StrictHostKeyChecking no', 'NoHostAuthenticationForLocalhost yes', 'VerifyHostKeyDNS yes'];

    it('that is not on record is refused', async () => {
      const { userKnownHostsFiles } = await recorded('');
      await expect(connect(sshd, { userKnownHostsFiles }, lax)).rejects.toMatchObject({ code: 'host_key_unknown' });
    });

    it('that is another than the one on record is refused, also where new ones are accepted', async () => {
      const other = await makeSshKey(join(await temporaryFolder(), 'other'));
      const known = await recorded(`${hostKeyAlias(sshd)} ${other.publicKey}\n`);
      for (const strictHostKeyChecking of ['yes', 'accept-new'] as const) {
        const failing = connect(sshd, { ...known, strictHostKeyChecking }, lax);
        await expect(failing).rejects.toMatchObject({ code: 'host_key_changed' });
      }
    });

    it('that is revoked is refused', async () => {
      const key = sshd.hostKeyLine.trim().split(' ').slice(1).join(' ');
      const known = await recorded(`${sshd.hostKeyLine}\n@revoked * ${key}\n`);
      await expect(connect(sshd, known, lax)).rejects.toMatchObject({ code: 'host_key_changed' });
    });

    it('that is new is put on record where new ones are accepted', async () => {
      const known = await recorded('');
      await connect(sshd, { ...known, strictHostKeyChecking: 'accept-new' });
      await connect(sshd, known);
    });

    it('that is new is refused where new ones are accepted and none is kept, before a log-in is offered', async () => {
      const own = await startOwn();
      const folder = await temporaryFolder();
      symlinkSync('/dev/null', join(folder, 'nothing'));
      for (const path of ['/dev/null', join(folder, 'nothing')]) {
        const failing = connect(own, { userKnownHostsFiles: [path], strictHostKeyChecking: 'accept-new' });
        await expect(failing).rejects.toMatchObject({ code: 'config_invalid' });
      }
      expect(own.logs()).not.toContain('Accepted');
    });
  });

  it('lends an agent to the server when that is wanted, and not otherwise', async () => {
    const agent = keep(await startAgent(sshd.privateKeyPath));
    const listed = (changes: Partial<SshTarget>) =>
      shellOn(serverAt(targetOf(sshd, strategy, changes))).exec('ssh-add -l');
    expect(await listed({ forwardAgent: agent.socket })).toMatchObject({ stdout: expect.stringContaining('SHA256:') });
    expect(await listed({})).toMatchObject({ exitCode: 2 });
  });

  it('to a server that bears one session runs its commands one after the other', async () => {
    const own = await startOwn({ maxSessions: 1 });
    const { exec } = shellOn(serverAt(targetOf(own, strategy)));
    const numbers = Array.from({ length: 8 }, (_, index) => `${index}\n`);
    const outputs = await Promise.all(numbers.map((number) => exec(`echo ${number}`)));
    expect(outputs.map(({ stdout }) => stdout)).toEqual(numbers);
  });
});
