import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServonautError } from '@servonaut/contracts';
import { rawShell } from '@servonaut/plugin-sdk';
import { makeSshKey, startSshd, temporaryFolder, waitFor, type TestSshd } from '@servonaut/testkit';
import ssh2, { type Connection } from 'ssh2';
import { loadInventory, type Inventory } from '../../inventory/inventory.ts';
import { hostKeyOf } from '../../services/server-trust.ts';
import type { RemoteExecOptions } from '../remote-shell.ts';
import { SshRemoteShell } from '../ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS, type SshSettings } from '../ssh-settings.ts';

const NEVER = new AbortController().signal;

let bastion: TestSshd;
let inner: TestSshd;
let server: TestSshd;
let folder: string;
const shells: SshRemoteShell[] = [];

beforeAll(async () => {
  [bastion, inner, server] = await Promise.all([startSshd(), startSshd(), startSshd()]);
  folder = await temporaryFolder();
});
afterEach(() => {
  for (const shell of shells.splice(0)) shell.close();
});
afterAll(() => Promise.all([bastion, inner, server].map((sshd) => sshd.stop())));

/** A `Host` for a test server, with keys and known_hosts of its own. */
function host(name: string, sshd: TestSshd, ...lines: string[]): string {
  const own = [
    `HostName ${sshd.host}`,
    `Port ${sshd.port}`,
    `User ${sshd.user}`,
    `IdentityFile ${sshd.privateKeyPath}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${sshd.knownHostsPath}`,
    'GlobalKnownHostsFile none',
  ];
  return `Host ${name}\n  ${[...lines, ...own].join('\n  ')}\n`;
}

let configs = 0;

function configFile(...blocks: string[]): string {
  const path = join(folder, `config-${configs++}`);
  writeFileSync(path, blocks.join(''));
  return path;
}

function inventoryOf(...blocks: string[]): Promise<Inventory> {
  const account = { home: folder, user: 'nobody', agentSocket: undefined };
  return loadInventory({ configDir: folder, account, sshConfigPath: configFile(...blocks) });
}

async function shellFor(inventory: Inventory, settings: Partial<SshSettings> = {}) {
  const shell = new SshRemoteShell({ ...DEFAULT_SSH_SETTINGS, ...settings });
  shells.push(shell);
  return {
    close: () => shell.close(),
    run: async (name: string, command = 'echo "$SSH_CONNECTION"', options: Partial<RemoteExecOptions> = {}) => {
      const all = { requestId: randomUUID(), timeoutMs: 10_000, signal: NEVER, ...options };
      return (await shell.exec(inventory.get(name), rawShell(command), all)).stdout;
    },
  };
}

const logIns = (sshd: TestSshd) => sshd.logs().match(/Accepted publickey/g)?.length ?? 0;

/** What a log-in adds to the log of each server: the logs are of all tests. */
async function logInsBy(action: () => Promise<unknown>): Promise<number[]> {
  const all = [bastion, inner, server];
  const before = all.map(logIns);
  await action();
  return all.map((sshd, index) => logIns(sshd) - (before[index] ?? 0));
}

const failureOf = (promise: Promise<unknown>): Promise<ServonautError> =>
  promise.then(
    () => Promise.reject(new Error('did not fail')),
    (error: unknown) => error as ServonautError,
  );

describe('jump hosts', () => {
  const twoHops = () => [
    host('bastion', bastion),
    host('inner', inner),
    host('web-1', server, 'ProxyJump bastion,inner'),
    host('web-2', server, 'ProxyJump bastion,inner'),
    host('db-1', server, 'ProxyJump bastion'),
  ];

  it('are gone over in turn, each with its own key, and once for all servers behind them', async () => {
    const { run } = await shellFor(await inventoryOf(...twoHops()));
    const counts = await logInsBy(async () => {
      const answers = await Promise.all(['web-1', 'web-2', 'db-1'].map((name) => run(name)));
      for (const answer of answers) expect(answer).toMatch(new RegExp(` 127.0.0.1 ${server.port}\n$`));
    });
    expect(counts).toEqual([1, 1, 3]);
  });

  it('carry as much as a direct connection, both ways', async () => {
    const inventory = await inventoryOf(...twoHops());
    const { run } = await shellFor(inventory);
    const stdin = Buffer.alloc(3_000_000, 'abcdefghi\n');
    expect(await run('web-1', 'tee /dev/stderr | cksum', { stdin })).toMatch(/ 3000000\n$/);
  });

  it('are asked for by the configuration of a jump host too, and that of the target wins over it', async () => {
    const inventory = await inventoryOf(
      host('bastion', bastion),
      host('inner', inner, 'ProxyJump bastion'),
      host('web-1', server, 'ProxyJump inner'),
    );
    const target = await inventory.get('web-1').target();
    expect(target.jumps.map(({ inventoryName }) => inventoryName)).toEqual(['bastion', 'inner']);
    const { run } = await shellFor(inventory);
    expect(await logInsBy(() => run('web-1'))).toEqual([1, 1, 1]);
  });

  it('that lead to themselves are refused', async () => {
    const inventory = await inventoryOf(
      'Host a\n  ProxyJump b\n',
      'Host b\n  ProxyJump a\n',
      'Host c\n  ProxyJump c\n',
    );
    for (const name of ['a', 'c']) {
      await expect(inventory.get(name).target()).rejects.toMatchObject({ code: 'config_invalid' });
    }
  });

  it('whose host key is not on record are not gone over, and are called by their name or not at all', async () => {
    const nameless = `ProxyJump ${bastion.user}@127.0.0.1:${bastion.port}`;
    const inventory = await inventoryOf(
      host('bastion', bastion).replace(bastion.knownHostsPath, join(folder, 'nothing')),
      host('web-1', server, 'ProxyJump bastion'),
      host('web-2', server, nameless),
      `Host 127.0.0.1\n  UserKnownHostsFile ${join(folder, 'nothing')}\n  GlobalKnownHostsFile none\n`,
    );
    const { run } = await shellFor(inventory);
    const counts = await logInsBy(async () => {
      expect(await failureOf(run('web-1'))).toMatchObject({
        code: 'host_key_unknown',
        message: expect.stringMatching(/^On the way to web-1: The host key of bastion is not known/),
        nextStep: expect.stringContaining('servonaut servers trust bastion'),
      });
      const failure = await failureOf(run('web-2'));
      expect(failure).toMatchObject({
        code: 'host_key_unknown',
        message: expect.stringMatching(/^On the way to web-2: The host key of its jump host is not known/),
        nextStep: expect.stringContaining('servonaut servers trust web-2'),
      });
      expect(`${failure.message} ${failure.nextStep}`).not.toContain('127.0.0.1');
    });
    expect(counts).toEqual([0, 0, 0]);
  });

  it('are trusted before the server, by whose name they are asked for', async () => {
    const known = join(folder, 'trusted');
    writeFileSync(known, '');
    const inventory = await inventoryOf(
      host('127.0.0.1', bastion, `UserKnownHostsFile ${known}`),
      host('web-1', server, `ProxyJump ${bastion.user}@127.0.0.1:${bastion.port}`, `UserKnownHostsFile ${known}`),
    );
    for (const [name, sshd] of [
      ['jump host 1 of web-1', bastion],
      ['web-1', server],
    ] as const) {
      const shown = await hostKeyOf(inventory.get('web-1'), DEFAULT_SSH_SETTINGS);
      expect(shown).toMatchObject({ name, fingerprint: sshd.hostKeyFingerprint, isTrusted: false });
      await shown.trust();
    }
    expect(await (await shellFor(inventory)).run('web-1', 'echo in')).toBe('in\n');
  });

  it('that have gone are connected to anew, and a call that was running through one says so', async () => {
    const { run } = await shellFor(await inventoryOf(...twoHops()));
    await run('db-1');
    const started = join(server.home, 'started');
    const running = failureOf(run('db-1', `touch ${started}; sleep 60`));
    await waitFor(() => existsSync(started), { what: 'the command to start' });
    await bastion.restart();
    expect(await running).toMatchObject({ code: 'connection_lost' });
    expect(await run('db-1', 'echo again')).toBe('again\n');
  });

  it('that cannot connect to the server say so, without where it is', async () => {
    const inventory = await inventoryOf(host('bastion', bastion), host('web-1', server, 'ProxyJump bastion', 'Port 1'));
    const failure = await failureOf((await shellFor(inventory)).run('web-1'));
    expect(failure).toMatchObject({ code: 'server_unreachable', message: expect.stringContaining('its jump host') });
    expect(failure.message).not.toContain('127.0.0.1');
  });

  it('that never answer hold up no other server', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const inventory = await inventoryOf(
      `Host mute\n  HostName 127.0.0.1\n  ConnectTimeout 2\n  Port ${(mute.address() as AddressInfo).port}\n`,
      host('web-1', server, 'ProxyJump mute'),
      host('web-2', server),
    );
    const { run } = await shellFor(inventory);
    const held = failureOf(run('web-1', 'true', { timeoutMs: 1_000 }));
    expect(await run('web-2', 'echo here')).toBe('here\n');
    expect(await held).toMatchObject({ code: 'connect_timeout' });
    mute.close();
  });

  it('that let a connect wait in vain are not asked again', async () => {
    const hop = await startHopOf(() => undefined);
    const inventory = await inventoryOf(
      host('hop', bastion)
        .replace(/Port \d+/, `Port ${hop.port}`)
        .replace(bastion.knownHostsPath, hop.knownHosts),
      host('web-1', server, 'ProxyJump hop', 'ConnectTimeout 1'),
    );
    const { run } = await shellFor(inventory);
    for (const connections of [1, 2]) {
      expect(await failureOf(run('web-1'))).toMatchObject({ code: 'connect_timeout' });
      expect(hop.connections).toBe(connections);
    }
    hop.stop();
  });

  it('are left when all is closed, those too that are being connected to', async () => {
    const hop = await startHopOf(() => undefined);
    const inventory = await inventoryOf(
      host('hop', bastion)
        .replace(/Port \d+/, `Port ${hop.port}`)
        .replace(bastion.knownHostsPath, hop.knownHosts),
      host('web-1', server, 'ProxyJump hop'),
    );
    const shell = await shellFor(inventory);
    const running = failureOf(shell.run('web-1'));
    await waitFor(() => hop.connections === 1, { what: 'the jump host to be connected to' });
    shell.close();
    expect(await running).toMatchObject({ code: 'server_unreachable' });
    await waitFor(() => hop.open === 0, { what: 'the jump host to be left' });
    expect(hop.connections).toBe(1);
    hop.stop();
  });

  it('count among the connections that are allowed', async () => {
    const inventory = await inventoryOf(...twoHops());
    await (await shellFor(inventory, { ssh_max_connections: 2 })).run('db-1');
    await expect((await shellFor(inventory, { ssh_max_connections: 1 })).run('db-1')).rejects.toMatchObject({
      code: 'too_many_requests',
    });
  });
});

/** A jump host that lets everybody in, and does with a forward what `onForward` does. */
async function startHopOf(onForward: () => void) {
  const key = await makeSshKey(join(await temporaryFolder(), 'key'));
  const clients: Connection[] = [];
  let closed = 0;
  const hop = new ssh2.Server({ hostKeys: [key.privateKey] }, (client) => {
    clients.push(client);
    client.on('authentication', (context) => context.accept());
    client.on('tcpip', onForward);
    client.on('close', () => closed++);
    client.on('error', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(hop, 'listening');
  const { port } = hop.address() as AddressInfo;
  const knownHosts = join(folder, `known-${port}`);
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${key.publicKey}\n`);
  return {
    port,
    knownHosts,
    get connections() {
      return clients.length;
    },
    get open() {
      return clients.length - closed;
    },
    stop: () => {
      for (const client of clients) client.end();
      hop.close();
    },
  };
}

describe('a proxy command', () => {
  it('takes the place of the connection, with its tokens, and its process group ends with it', async () => {
    const pidFile = join(folder, 'pid');
    const viaSsh = configFile(host('bastion', bastion));
    const script = join(folder, 'proxy');
    writeFileSync(script, `sleep 1000 &\necho $! > ${pidFile}\nexec ssh -F ${viaSsh} -W "[$1]:$2" bastion\n`);
    const inventory = await inventoryOf(host('web-1', server, `ProxyCommand sh ${script} %h %p %n %r %% "it's #1"`));
    const shell = await shellFor(inventory);
    expect(await logInsBy(() => shell.run('web-1'))).toEqual([1, 0, 1]);
    const left = Number(readFileSync(pidFile, 'utf8'));
    expect(existsSync(`/proc/${left}`)).toBe(true);
    shell.close();
    await waitFor(() => !isRunning(left), { what: 'what the proxy left behind to end' });
  });

  it('that fails is told of, and what it says stays on this machine', async () => {
    const command = `sh -c 'echo "no way to 192.0.2.1" >&2; exit 3'`;
    const inventory = await inventoryOf(host('web-1', server, `ProxyCommand ${command}`));
    const failure = await failureOf((await shellFor(inventory)).run('web-1'));
    expect(failure).toMatchObject({
      code: 'server_unreachable',
      message: 'web-1 could not be reached: its ProxyCommand ended (3).',
      detail: 'no way to 192.0.2.1',
    });
  });
});

describe('a direct connection', () => {
  it.each(['BindAddress 127.0.0.77', 'BindAddress localhost', 'BindInterface lo'])(
    'comes from where %s says',
    async (line) => {
      const inventory = await inventoryOf(host('web-1', server, line));
      const from = (await (await shellFor(inventory)).run('web-1')).split(' ')[0];
      expect(from).toBe(line.endsWith('77') ? '127.0.0.77' : '127.0.0.1');
    },
  );

  it('is not made from elsewhere when this machine has no such interface', async () => {
    const inventory = await inventoryOf(host('web-1', server, 'BindInterface nowhere0'));
    expect(await failureOf((await shellFor(inventory)).run('web-1'))).toMatchObject({
      code: 'server_unreachable',
      message: expect.stringContaining('BindInterface'),
    });
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
