import { execFileSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rawShell, type ExecResult } from '@servonaut/plugin-sdk';
import {
  freePort,
  makeSshKey,
  startProcess,
  startSshd,
  temporaryFolder,
  waitFor,
  type SshdOptions,
  type TestSshd,
} from '@servonaut/testkit';
import type { LinkStrategy, Server, SshTarget } from '../../inventory/server.ts';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import type { RemoteExecOptions } from '../remote-shell.ts';
import { SshPool } from '../ssh-pool.ts';
import { SshRemoteShell } from '../ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS, type SshSettings } from '../ssh-settings.ts';
import { startAgent } from '../testing/ssh-login.ts';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts';

const NEVER = new AbortController().signal;

let sshd: TestSshd;
let controlDir: string;
const started: { close?(): void; stop?(): Promise<void> }[] = [];

beforeAll(async () => {
  [sshd, controlDir] = await Promise.all([startSshd(), temporaryFolder()]);
});
afterEach(async () => {
  for (const part of started.splice(0)) await (part.stop?.() ?? part.close?.());
});
afterAll(() => sshd.stop());

function keep<Part extends { close?(): void; stop?(): Promise<void> }>(part: Part): Part {
  started.push(part);
  return part;
}

/** Of one who takes connections and never says a word. */
async function mutePort(): Promise<number> {
  const server = createServer((socket) => keep({ close: () => socket.destroy() })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  keep({ close: () => void server.close() });
  return (server.address() as AddressInfo).port;
}

const startOwn = async (options: SshdOptions = {}): Promise<TestSshd> => keep(await startSshd(options));
const proxyTo = async (port: number): Promise<TcpProxy> => keep(await startTcpProxy({ port }));

/** Under which its key is on record, whatever way leads to it. */
const hostKeyAlias = (own: TestSshd): string => own.hostKeyLine.split(' ')[0] ?? '';

/** The target with an ssh_config of its own, which says the same as the target does, and `lines` before it. */
function withConfig(target: SshTarget, lines: readonly string[] = []): SshTarget {
  const sshConfigPath = join(mkdtempSync(join(controlDir, 'config-')), 'config');
  const own = [
    ...lines,
    `HostKeyAlias ${target.hostKeyAlias}`,
    `UserKnownHostsFile ${target.userKnownHostsFiles.join(' ')}`,
    'GlobalKnownHostsFile none',
    `IdentityFile ${target.identityFiles.join(' ')}`,
    'IdentitiesOnly yes',
  ];
  writeFileSync(sshConfigPath, `${own.join('\n')}\n`);
  return { ...target, sshConfigPath };
}

const withKey = (target: SshTarget, path: string): SshTarget => withConfig({ ...target, identityFiles: [path] });

function targetOf(own: TestSshd, strategy: LinkStrategy, changes: Partial<SshTarget> = {}): SshTarget {
  const target = anSshTarget({
    strategy,
    host: own.host,
    port: own.port,
    user: own.user,
    identityFiles: [own.privateKeyPath],
    userKnownHostsFiles: [own.knownHostsPath],
    hostKeyAlias: hostKeyAlias(own),
    ...changes,
  });
  return withConfig(target);
}

const serverAt = (target: SshTarget, name = 'web-1'): Server => ({
  name,
  labels: {},
  source: 'ssh_config',
  target: () => Promise.resolve(target),
});

/** A shell, and commands of it on one server. */
function shellOn(server: Server, settings: Partial<SshSettings> = {}) {
  const pool = new SshPool({ ...DEFAULT_SSH_SETTINGS, ...settings }, join(controlDir, 'c'));
  const shell = keep(new SshRemoteShell({ ...DEFAULT_SSH_SETTINGS, ...settings }, pool));
  const exec = (command: string, options: Partial<RemoteExecOptions> = {}): Promise<ExecResult> =>
    shell.exec(server, rawShell(command), { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER, ...options });
  return { pool, shell, exec };
}

function processesWith(text: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,stat,args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text) && !/^\s*\d+ Z/.test(line) && !line.includes('ps -eo'));
}

const gone = (text: string) => waitFor(() => processesWith(text).length === 0, { what: `the end of ${text}` });

describe.each<LinkStrategy>(['ssh2', 'openssh', 'local'])('over %s, a command', (strategy) => {
  const shellHere = (settings?: Partial<SshSettings>) => shellOn(serverAt(targetOf(sshd, strategy)), settings);

  it('answers stdout, stderr and the exit code apart', async () => {
    const { exec } = shellHere();
    for (const code of [0, 3, 255]) {
      expect(await exec(`echo out; echo err >&2; exit ${code}`)).toMatchObject({
        stdout: 'out\n',
        stderr: 'err\n',
        exitCode: code,
        signal: null,
        timedOut: false,
      });
    }
  });

  it('answers the signal that ended it', async () => {
    expect(await shellHere().exec('kill -TERM $$')).toMatchObject({ exitCode: null, signal: 'TERM' });
  });

  it('has the stdin that it is given, however long, and an empty one otherwise', async () => {
    const { exec } = shellHere();
    expect(await exec('cat; echo end')).toMatchObject({ stdout: 'end\n' });
    const stdin = 'x'.repeat(5 * 1_024 * 1_024);
    expect(await exec('wc -c', { stdin })).toMatchObject({ stdout: `${stdin.length}\n` });
    expect(await exec('echo unread', { stdin })).toMatchObject({ stdout: 'unread\n', exitCode: 0 });
  });

  it('may write more than anybody keeps', async () => {
    const result = await shellHere().exec('head -c 9000000 /dev/zero | tr "\\0" x; head -c 3000000 /dev/zero >&2');
    expect(result).toMatchObject({ stdoutBytes: 9_000_000, stderrBytes: 3_000_000, exitCode: 0 });
  });

  it('runs beside others on one connection', async () => {
    const { exec, pool } = shellHere();
    const numbers = Array.from({ length: 20 }, (_, index) => `${index}\n`);
    const outputs = await Promise.all(numbers.map((number) => exec(`echo ${number}`)));
    expect(outputs.map(({ stdout }) => stdout)).toEqual(numbers);
    expect(pool.size).toBe(1);
  });

  it('that leaves a process behind which holds its output open has ended all the same', async () => {
    const { exec } = shellHere({ ssh_linger_ms: 50 });
    const { stdout, exitCode } = await exec('sleep 300 & echo $!');
    expect(exitCode).toBe(0);
    await exec(`kill ${stdout}`);
  });

  it('is stopped in time with its children, and with no others', async () => {
    const { exec } = shellHere({ ssh_interrupt_grace_ms: 100, ssh_terminate_grace_ms: 100 });
    const sleep = `sleep 300.${randomInt(1_000_000)}`;
    // Connected, so that the time of the call is that of its command.
    await exec('true');
    const other = exec('sleep 1.5; echo unharmed');
    const stopped = await exec(`trap "" INT TERM; echo on; (setsid ${sleep} &); ${sleep}`, { timeoutMs: 1_000 });
    expect(stopped).toMatchObject({ timedOut: true, stdout: 'on\n' });
    expect(stopped.stopFault).toBeUndefined();
    await gone(sleep);
    expect((await other).stdout).toBe('unharmed\n');
  });

  it('is stopped when its caller cancels it', async () => {
    const cancel = new AbortController();
    const sleep = `sleep 300.${randomInt(1_000_000)}`;
    const onOutput = () => cancel.abort();
    await expect(shellHere().exec(`echo on; ${sleep}`, { signal: cancel.signal, onOutput })).rejects.toMatchObject({
      code: 'request_cancelled',
    });
    await gone(sleep);
  });

  it('leaves nothing connected when the shell is closed', async () => {
    const { exec, shell, pool } = shellHere();
    await exec('true');
    shell.close();
    await waitFor(() => pool.size === 0, { what: 'the end of the connection' });
  });
});

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
    expect([...new Set(outcomes)].sort()).toEqual(['connection_lost', 'ran']);
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

describe('a command on this machine', () => {
  it('sees no secret of the executor', async () => {
    process.env['SERVONAUT_TOKEN'] = 'not-for-commands';
    try {
      const { stdout } = await shellOn(serverAt(anSshTarget({ strategy: 'local' }))).exec('env; pwd');
      expect(stdout).not.toContain('not-for-commands');
      expect(stdout).toContain('HOME=');
    } finally {
      delete process.env['SERVONAUT_TOKEN'];
    }
  });
});

describe('a control master', () => {
  const masters = () => processesWith(`ControlPath=${controlDir}`);
  const pids = () => masters().map((line) => Number(line.trim().split(' ')[0]));

  it('is there for as long as the connection is, and its socket is in a folder of ours alone', async () => {
    const { exec, shell } = shellOn(serverAt(targetOf(sshd, 'openssh')));
    await exec('true');
    expect(masters()).not.toEqual([]);
    expect(statSync(join(controlDir, 'c')).mode & 0o777).toBe(0o700);
    shell.close();
    await waitFor(() => masters().length === 0, { what: 'the end of the master' });
    await waitFor(() => readdirSync(join(controlDir, 'c')).length === 0, { what: 'the end of its socket' });
  });

  it('is gone when the shell is closed before there is a connection', async () => {
    const { exec, shell } = shellOn(serverAt(targetOf(sshd, 'openssh', { port: await mutePort() })));
    const failing = expect(exec('true')).rejects.toMatchObject({ code: 'server_unreachable' });
    await waitFor(() => masters().length > 0, { what: 'the master' });
    shell.close();
    await failing;
    expect(masters()).toEqual([]);
  });

  it('that was killed is replaced', async () => {
    const { exec } = shellOn(serverAt(targetOf(sshd, 'openssh')));
    await exec('true');
    const before = pids();
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect(await exec('echo again')).toMatchObject({ stdout: 'again\n' });
    expect(pids().filter((pid) => before.includes(pid))).toEqual([]);
  });

  it('does not outlive an executor that was killed', async () => {
    const program = join(import.meta.dirname, '../testing/connected-shell.ts');
    const args = [
      '--conditions=@servonaut/source',
      program,
      join(controlDir, 'c'),
      JSON.stringify(targetOf(sshd, 'openssh')),
    ];
    const child = await startProcess({ command: process.execPath, args, ready: /^connected$/ });
    expect(masters()).not.toEqual([]);
    child.kill('SIGKILL');
    await waitFor(() => masters().length === 0, { what: 'the end of the master' });
  });

  it('reaches a server through jump hosts, none of which is believed without its key on record', async () => {
    const jump = await startOwn();
    const target = (changes: Partial<SshTarget> = {}) =>
      targetOf(sshd, 'openssh', {
        jumps: [withConfig(targetOf(jump, 'openssh', changes), ['StrictHostKeyChecking no'])],
      });
    expect(await shellOn(serverAt(target())).exec('echo through')).toMatchObject({ stdout: 'through\n' });
    expect(jump.logs()).toContain('Accepted publickey');
    const nothing = join(await temporaryFolder(), 'known_hosts');
    await expect(shellOn(serverAt(target({ userKnownHostsFiles: [nothing] }))).exec('true')).rejects.toMatchObject({
      code: 'host_key_unknown',
    });
  });
});
