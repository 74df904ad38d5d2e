import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSshKey, startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import { loadInventory } from '../inventory/inventory.ts';
import type { AlgorithmOption, Server, SshTarget } from '../inventory/server.ts';
import { hostKeyOf, checkFingerprint } from '../services/server-trust.ts';
import { SshPool } from './ssh-pool.ts';
import { DEFAULT_SSH_SETTINGS } from './ssh-settings.ts';

let sshd: TestSshd;
let folder: string;
let target: SshTarget;
const pools: SshPool[] = [];

beforeAll(async () => {
  sshd = await startSshd();
  folder = await temporaryFolder();
  const account = { home: folder, user: 'nobody', agentSocket: undefined };
  const inventory = await loadInventory({ configDir: folder, account, sshConfigPath: sshd.sshConfigPath });
  target = await inventory.get('web-1').target();
});
afterAll(() => sshd.stop());
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

function serverWith(changes: Partial<SshTarget>, name = 'web-1'): Server {
  return { name, labels: {}, source: 'ssh_config', target: async () => ({ ...target, ...changes }) };
}

async function connect(changes: Partial<SshTarget>): Promise<void> {
  const pool = new SshPool(DEFAULT_SSH_SETTINGS);
  pools.push(pool);
  await pool.connect(serverWith(changes));
}

/** A fresh agent that ends with the test. */
async function startAgent(...keys: string[]) {
  const socket = join(await temporaryFolder(), 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: agent.stdout }), 'line');
  for (const key of keys)
    execFileSync('ssh-add', ['-q', key], {
      env: { SSH_AUTH_SOCK: socket, PATH: process.env['PATH'] },
      stdio: 'ignore',
    });
  const stop = async () => {
    agent.kill();
    await once(agent, 'exit');
  };
  return { socket, stop };
}

describe('a host key', () => {
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return { userKnownHostsFiles: [path], globalKnownHostsFiles: [] };
  };

  it('that is not on record is refused with its fingerprint and the way to trust it', async () => {
    await expect(connect(file('empty', ''))).rejects.toMatchObject({
      code: 'host_key_unknown',
      message: expect.stringContaining(sshd.hostKeyFingerprint),
      nextStep: expect.stringContaining('servonaut servers trust web-1'),
    });
  });

  it('that is another than the one on record is refused', async () => {
    const other = await makeSshKey(join(folder, 'other-host-key'));
    const line = `[127.0.0.1]:${sshd.port} ${other.publicKey}\n`;
    await expect(connect(file('changed', line))).rejects.toMatchObject({ code: 'host_key_changed' });
    await expect(hostKeyOf(serverWith(file('changed', line)), DEFAULT_SSH_SETTINGS)).rejects.toMatchObject({
      code: 'host_key_changed',
    });
  });

  it('that is revoked is refused', async () => {
    const key = sshd.hostKeyLine.split(' ').slice(1).join(' ');
    const revoked = file('revoked', `${sshd.hostKeyLine}\n@revoked * ${key}\n`);
    await expect(connect(revoked)).rejects.toMatchObject({
      code: 'host_key_changed',
      message: expect.stringContaining('revoked'),
    });
  });

  it('that is in RevokedHostKeys is refused, and so is every key when that file is not understood', async () => {
    const [, ...key] = sshd.hostKeyLine.trim().split(' ');
    const other = (await makeSshKey(join(folder, 'other-revoked'))).publicKey;
    const listed = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return connect({ revokedHostKeysFile: join(folder, name) });
    };
    await listed('keys-other', `# gone\n\n${other}\n`);
    await expect(listed('keys', `${other}\n ${key.join(' ')} stolen\n`)).rejects.toMatchObject({
      code: 'host_key_changed',
      message: expect.stringContaining('revoked'),
    });
    execFileSync('ssh-keygen', ['-q', '-k', '-f', join(folder, 'krl'), join(folder, 'keys-other')]);
    for (const name of ['krl', 'keys-other.torn']) {
      if (name !== 'krl') writeFileSync(join(folder, name), `${key[0]}\n`);
      await expect(connect({ revokedHostKeysFile: join(folder, name) })).rejects.toMatchObject({
        code: 'ssh_config_unsupported',
        facts: { option: 'RevokedHostKeys' },
      });
    }
    await expect(connect({ revokedHostKeysFile: join(folder, 'missing') })).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });

  it('is put on record by trust and then accepted, by ssh(1) too', async () => {
    const files = file('trusted', '');
    const server = serverWith({ ...files, hashKnownHosts: true });
    const shown = await hostKeyOf(server, DEFAULT_SSH_SETTINGS);
    expect(shown).toMatchObject({ fingerprint: sshd.hostKeyFingerprint, keyType: 'ssh-ed25519', isTrusted: false });
    await shown.trust();
    await connect(files);
    expect((await hostKeyOf(server, DEFAULT_SSH_SETTINGS)).isTrusted).toBe(true);
    expect(readFileSync(files.userKnownHostsFiles[0] ?? '', 'utf8')).not.toContain('127.0.0.1');
    const options = [
      `UserKnownHostsFile=${files.userKnownHostsFiles[0]}`,
      'StrictHostKeyChecking=yes',
      'BatchMode=yes',
    ];
    const args = options.flatMap((option) => ['-o', option]);
    const login = ['-F', 'none', ...args, '-i', sshd.privateKeyPath, '-p', String(sshd.port), `${sshd.user}@127.0.0.1`];
    expect(execFileSync('ssh', [...login, 'echo', 'in'], { encoding: 'utf8' })).toBe('in\n');
  });

  it('is not said to be on record by trust when the file keeps nothing', async () => {
    const files = { userKnownHostsFiles: ['/dev/null'], globalKnownHostsFiles: [] };
    const shown = await hostKeyOf(serverWith(files), DEFAULT_SSH_SETTINGS);
    await expect(shown.trust()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('was not kept'),
      nextStep: expect.stringContaining('UserKnownHostsFile'),
    });
  });

  it('is not the one that the operator expects when the fingerprint differs', async () => {
    const shown = await hostKeyOf(serverWith(file('expect', '')), DEFAULT_SSH_SETTINGS);
    expect(() => checkFingerprint(shown, sshd.hostKeyFingerprint)).not.toThrow();
    expect(() => checkFingerprint(shown, 'SHA256:other')).toThrow(
      expect.objectContaining({ code: 'host_key_changed' }),
    );
  });

  it('of the type on record is asked for when the server has several', async () => {
    const rsa = join(folder, 'rsa-host-key');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '3072', '-N', '', '-f', rsa]);
    const both = await startSshd({ config: [`HostKey ${rsa}`] });
    const line = `[127.0.0.1]:${both.port} ${readFileSync(`${rsa}.pub`, 'utf8')}`;
    const there = { ...file('rsa-only', line), port: both.port, identityFiles: [both.privateKeyPath] };
    await connect({ ...there, requiredRsaBits: 3_072 });
    await expect(connect({ ...there, requiredRsaBits: 3_073 })).rejects.toMatchObject({
      code: 'host_key_changed',
      message: expect.stringContaining('has 3072 bits'),
    });
    await both.stop();
  });
});

describe('a login', () => {
  it('that the server refuses says so, without where the keys are', async () => {
    const stranger = await makeSshKey(join(folder, 'stranger'));
    const failure: unknown = await connect({ identityFiles: [stranger.path] }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ssh_auth_failed' });
    expect((failure as Error).message).not.toContain(folder);
  });

  it('without any key says that there is none to offer', async () => {
    await expect(connect({ identityFiles: [join(folder, 'missing')] })).rejects.toMatchObject({
      code: 'ssh_auth_failed',
      message: expect.stringContaining('no key to offer'),
    });
  });

  it('with an encrypted key file points to the agent, and works once the agent has it', async () => {
    const encrypted = join(folder, 'encrypted');
    writeFileSync(encrypted, sshd.privateKey, { mode: 0o600 });
    const agent = await startAgent(encrypted);
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'secret', '-f', encrypted], { stdio: 'ignore' });
    execFileSync('sh', ['-c', `ssh-keygen -y -P secret -f "$1" > "$1.pub"`, 'sh', encrypted]);
    await expect(connect({ identityFiles: [encrypted] })).rejects.toMatchObject({
      code: 'ssh_auth_failed',
      message: expect.stringContaining('ssh-add'),
    });
    await connect({ identityFiles: [encrypted], agentSocket: agent.socket });
    await agent.stop();
  });

  it('offers keys of the agent that are not configured unless IdentitiesOnly says otherwise', async () => {
    const agent = await startAgent(sshd.privateKeyPath);
    const options = { identityFiles: [], agentSocket: agent.socket };
    await connect({ ...options, identitiesOnly: false });
    await expect(connect({ ...options, identitiesOnly: true })).rejects.toMatchObject({ code: 'ssh_auth_failed' });
    await agent.stop();
  });

  it('goes on with key files when the agent is not there', async () => {
    await connect({ agentSocket: join(folder, 'no-agent') });
  });
});

describe('a connect', () => {
  const only = (option: AlgorithmOption, list: string) =>
    connect({ algorithms: { ...target.algorithms, [option]: list } });

  it.each<[AlgorithmOption, string]>([
    ['Ciphers', 'aes256-ctr'],
    ['MACs', 'hmac-sha2-512'],
    ['KexAlgorithms', 'ecdh-sha2-nistp384'],
    ['HostKeyAlgorithms', 'ssh-ed25519'],
  ])('keeps to the %s that the configuration allows', async (option, name) => {
    const strict = await startSshd({ config: option === 'HostKeyAlgorithms' ? [] : [`${option} ${name}`] });
    writeFileSync(join(folder, 'strict'), `${strict.hostKeyLine}\n`);
    const there = {
      port: strict.port,
      userKnownHostsFiles: [join(folder, 'strict')],
      identityFiles: [strict.privateKeyPath],
    };
    const allow = (list: string) => connect({ ...there, algorithms: { ...target.algorithms, [option]: list } });
    // MACs count for ciphers that bring none of their own.
    await allow(`${name},unheard-of`);
    await allow(`^${name}`);
    if (option !== 'MACs') await expect(allow(`-${name}`)).rejects.toMatchObject({ code: 'server_unreachable' });
    await strict.stop();
  });

  it.each<AlgorithmOption>(['Ciphers', 'MACs', 'KexAlgorithms', 'HostKeyAlgorithms'])(
    'is refused when none of the allowed %s is supported, by name',
    async (option) => {
      await expect(only(option, 'sntrup761x25519-sha512')).rejects.toMatchObject({
        code: 'ssh_config_unsupported',
        message: expect.stringContaining(option),
        facts: { option },
      });
      await expect(only(option, '-*')).rejects.toMatchObject({ code: 'ssh_config_unsupported' });
    },
  );

  it('negotiates nothing that RFC 9142 has given up', async () => {
    const weak = await startSshd({
      config: ['KexAlgorithms diffie-hellman-group14-sha1', 'Ciphers aes128-cbc', 'MACs hmac-sha1'],
    });
    appendFileSync(join(folder, 'weak'), `${weak.hostKeyLine}\n`);
    const failure = connect({ port: weak.port, userKnownHostsFiles: [join(folder, 'weak')] });
    await expect(failure).rejects.toMatchObject({
      code: 'server_unreachable',
      message: expect.stringContaining('algorithm'),
    });
    await weak.stop();
  });

  it('that comes to no end is given up, and the next one is another', async () => {
    const pool = new SshPool({ ...DEFAULT_SSH_SETTINGS, ssh_open_timeout_ms: 100 });
    pools.push(pool);
    let arrive: (late: SshTarget) => void = () => undefined;
    const stuck: Server = { ...serverWith({}), target: () => new Promise((resolve) => (arrive = resolve)) };
    await expect(pool.connect(stuck)).rejects.toMatchObject({ code: 'connect_timeout' });
    expect(pool.size).toBe(0);
    arrive(target);
    await expect(pool.connect(stuck)).rejects.toMatchObject({ code: 'connect_timeout' });
    expect(pool.size).toBe(0);
  });

  it('does not wait for ever to hear whether the warm connection still leads there, and asks again', async () => {
    const pool = new SshPool({ ...DEFAULT_SSH_SETTINGS, ssh_target_check_ms: 0, ssh_open_timeout_ms: 100 });
    pools.push(pool);
    const answers = [Promise.resolve(target), new Promise<SshTarget>(() => undefined), Promise.resolve(target)];
    const server: Server = { ...serverWith({}), target: () => answers.shift() ?? Promise.reject(new Error('asked')) };
    const connection = await pool.connect(server);
    await expect(pool.connect(server)).rejects.toMatchObject({ code: 'connect_timeout' });
    expect(await pool.connect(server)).toBe(connection);
  });

  it('that is under way is given up when the pool is closed', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const pool = new SshPool(DEFAULT_SSH_SETTINGS);
    const connecting = pool.connect(serverWith({ port, connectTimeoutMs: 3_600_000 })).catch((error: unknown) => error);
    const [socket] = (await once(mute, 'connection')) as [Socket];
    pool.close();
    expect(await connecting).toMatchObject({ code: 'server_unreachable' });
    socket.resume();
    await once(socket, 'close');
    expect(pool.size).toBe(0);
    mute.close();
  });

  it('beyond the bound closes an idle connection', async () => {
    const pool = new SshPool({ ...DEFAULT_SSH_SETTINGS, ssh_max_connections: 2 });
    pools.push(pool);
    for (const name of ['one', 'two', 'three']) await pool.connect(serverWith({}, name));
    expect(pool.size).toBe(2);
    expect(pool.warm(serverWith({}, 'one'))).toBeUndefined();
  });
});
