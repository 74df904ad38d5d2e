import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as TcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rawShell, type ExecResult } from '@servonaut/plugin-sdk';
import {
  requireProgram,
  startSshd,
  temporaryFolder,
  unlessMissing,
  waitFor,
  type SshdOptions,
  type TestSshd,
} from '@servonaut/testkit';
import { loadInventory } from '../inventory/inventory.ts';
import type { LinkStrategy, Server } from '../inventory/server.ts';
import type { RemoteExecOptions } from './remote-shell.ts';
import { SshPool } from './ssh-pool.ts';
import { SshRemoteShell } from './ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS, type SshSettings } from './ssh-settings.ts';

const NEVER = new AbortController().signal;
const account = { home: '/nonexistent', user: 'nobody', agentSocket: undefined };

async function serverOf(sshd: TestSshd): Promise<Server> {
  const inventory = await loadInventory({
    configDir: await temporaryFolder(),
    account,
    sshConfigPath: sshd.sshConfigPath,
  });
  return inventory.get('web-1');
}

/** Processes of this machine whose command line holds `text`. */
function processesWith(text: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,stat,args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text) && !/^\s*\d+ Z/.test(line) && !line.includes('ps -eo'));
}

let sshd: TestSshd;
let web: Server;
const shells: SshRemoteShell[] = [];
const servers: TestSshd[] = [];

/** A server of one test, which ends with the test and whatever it left running. */
async function startOwn(options: SshdOptions): Promise<TestSshd> {
  const own = await startSshd(options);
  servers.push(own);
  return own;
}

function shellWith(settings: Partial<SshSettings> = {}, pool?: SshPool): SshRemoteShell {
  const shell = new SshRemoteShell({ ...DEFAULT_SSH_SETTINGS, ...settings }, pool);
  shells.push(shell);
  return shell;
}

function exec(shell: SshRemoteShell, command: string, options: Partial<RemoteExecOptions> = {}): Promise<ExecResult> {
  return shell.exec(web, rawShell(command), { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER, ...options });
}

/** Runs a command in a process that does nothing else, since the memory of this one is that of the test runner and of all tests before. */
async function execInProcessOfItsOwn(
  command: string,
  strategy: LinkStrategy,
): Promise<{ result: ExecResult; grownBytes: number }> {
  const program = join(import.meta.dirname, 'testing/measured-exec.ts');
  const args = ['--conditions=@servonaut/source', program, sshd.sshConfigPath, command, strategy];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return JSON.parse(stdout) as { result: ExecResult; grownBytes: number };
}

beforeAll(async () => {
  sshd = await startSshd();
  web = await serverOf(sshd);
});
afterEach(async () => {
  for (const shell of shells.splice(0)) shell.close();
  await Promise.all(servers.splice(0).map((own) => own.stop()));
});
afterAll(() => sshd.stop());

describe('a command', () => {
  it('answers stdout, stderr and the exit code apart', async () => {
    const result = await exec(shellWith(), 'echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3, signal: null, timedOut: false });
    expect(result).toMatchObject({ stdoutBytes: 4, stderrBytes: 4, truncated: false, binary: false });
    expect(result.timings['connect']).toBeGreaterThan(1);
  });

  it('answers the signal that ended it', async () => {
    expect(await exec(shellWith(), 'kill -TERM $$')).toMatchObject({ exitCode: null, signal: 'TERM' });
  });

  it.each([`a'b"c\\d`, '$HOME `id` !x', 'two\nlines', "'\\''", '\\\\ \\n', 'ünïcode ☃'])(
    'is read exactly as it was given: %j',
    async (text) => {
      const literal = `'${text.replaceAll("'", `'\\''`)}'`;
      expect((await exec(shellWith(), `printf %s ${literal}`)).stdout).toBe(text);
    },
  );

  it('is read by the login shell when that is like sh, otherwise by /bin/sh', async () => {
    expect((await exec(shellWith(), 'echo $0')).stdout).toBe('sh\n');
    for (const config of [
      'ForceCommand exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" not-sh',
      'ForceCommand echo "hi, $SSH_ORIGINAL_COMMAND"; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"',
    ]) {
      const own = await startOwn({ config: [config] });
      const options = { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER };
      expect((await shellWith().exec(await serverOf(own), rawShell('echo $0'), options)).stdout).toMatch(
        /^\/bin\/sh$/m,
      );
    }
  });

  it('has an empty stdin unless it is given one', async () => {
    const shell = shellWith();
    expect((await exec(shell, 'cat; echo end')).stdout).toBe('end\n');
    expect((await exec(shell, 'cat; echo end', { stdin: 'given ' })).stdout).toBe('given end\n');
  });

  it('uses the warm connection of an earlier one', async () => {
    const pool = new SshPool(DEFAULT_SSH_SETTINGS);
    const shell = shellWith({}, pool);
    const at = async () => (await exec(shell, 'echo $SSH_CONNECTION')).stdout;
    const earlier = await Promise.all([at(), at(), at()]);
    expect(new Set([...earlier, await at()]).size).toBe(1);
    expect(pool.size).toBe(1);
  });

  it('goes to another machine when ssh_config does, after what runs on the old one', async () => {
    const [old, other] = await Promise.all([
      startOwn({ config: ['SetEnv AT=old'] }),
      startOwn({ config: ['SetEnv AT=other'] }),
    ]);
    const config = join(await temporaryFolder(), 'config');
    copyFileSync(old.sshConfigPath, config);
    const inventory = await loadInventory({ configDir: await temporaryFolder(), account, sshConfigPath: config });
    const pool = new SshPool(DEFAULT_SSH_SETTINGS);
    const shell = shellWith({}, pool);
    const at = async (text: string) => {
      const options = { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER };
      return (await shell.exec(inventory.get('web-1'), rawShell(text), options)).stdout;
    };
    expect(await at('echo $AT')).toBe('old\n');
    const running = at(`until test -e ${old.home}/go; do sleep 0.05; done; echo $AT`);
    copyFileSync(other.sshConfigPath, config);
    await waitFor(async () => (await at('echo $AT')) === 'other\n', { what: 'the other machine' });
    writeFileSync(join(old.home, 'go'), '');
    expect(await running).toBe('old\n');
    expect(pool.size).toBe(1);
  });

  it('reports output while it comes, with characters whole', async () => {
    const seen: string[] = [];
    const onOutput = (stream: string, text: string) => seen.push(`${stream}:${text}`);
    await exec(shellWith(), `printf '\\342'; sleep 0.2; printf '\\230\\203'; echo x >&2`, { onOutput });
    expect(seen.sort()).toEqual(['stderr:x\n', 'stdout:☃']);
  });

  it('that leaves a process behind which holds its output open has ended all the same', async () => {
    const result = await exec(shellWith({ ssh_linger_ms: 100 }), 'sleep 46999 & echo $!');
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
    await exec(shellWith(), `kill ${result.stdout}`);
  });
});

describe('output', () => {
  it.each<LinkStrategy>(['ssh2', 'openssh', 'local'])(
    'of 100 MiB over %s is bounded to head and tail, counted, and does not fill the memory',
    async (strategy) => {
      const { result, grownBytes } = await execInProcessOfItsOwn(
        'echo first; head -c 104857600 /dev/zero | tr "\\0" x; echo; echo last',
        strategy,
      );
      expect(result).toMatchObject({ stdoutBytes: 104_857_600 + 12, truncated: true, binary: false, exitCode: 0 });
      expect(result.stdout.length).toBeLessThanOrEqual(65_536);
      expect(result.stdout).toMatch(/^first\nx+\n\[\.\.\. \d+ bytes left out, from offset \d+ \.\.\.\]\nx+\nlast\n$/);
      expect(grownBytes).toBeLessThan(64 * 1024 * 1024);
    },
  );

  it('that is not text is left out and said to be binary', async () => {
    const result = await exec(shellWith(), 'head -c 5000 /dev/urandom; echo readable >&2');
    expect(result).toMatchObject({ binary: true, stdout: '', stdoutBytes: 5_000, stderr: 'readable\n' });
  });
});

describe('a command that does not end in time', () => {
  const gone = (mark: string) =>
    waitFor(() => processesWith(mark).length === 0, { what: `the end of ${mark}`, timeoutMs: 5_000 });

  /** Connected, so that the time of a call is that of its command, however busy the machine is. */
  async function warmShell(settings: Partial<SshSettings> = {}): Promise<SshRemoteShell> {
    const shell = shellWith(settings);
    await exec(shell, 'true');
    return shell;
  }

  /** What a command does until it is let go on: not before others have ended, however long they take. */
  function untilLet(): { readonly wait: string; readonly goOn: () => void } {
    const path = join(sshd.home, randomUUID());
    return { wait: `until [ -e ${path} ]; do sleep 0.1; done`, goOn: () => writeFileSync(path, '') };
  }

  it('is stopped with its children although they ignore INT and TERM', async () => {
    const shell = await warmShell({ ssh_interrupt_grace_ms: 200, ssh_terminate_grace_ms: 300 });
    const command = `trap "" INT TERM; echo on; sleep 47101 & sleep 47101`;
    const result = await exec(shell, command, { timeoutMs: 1_000 });
    expect(result).toMatchObject({ timedOut: true, stdout: 'on\n' });
    expect(result.stopFault).toBeUndefined();
    // Neither signal ends it, so both times are given; then it is gone long before its minutes are over.
    expect(result.durationMs).toBeGreaterThan(1_500);
    await gone('sleep 47101');
  });

  it('is stopped at once when it obeys', async () => {
    const shell = await warmShell({ ssh_interrupt_grace_ms: 20_000 });
    const result = await exec(shell, 'exec sleep 47102', { timeoutMs: 300 });
    expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: 'INT' });
    expect(result.durationMs).toBeLessThan(10_000);
    await gone('sleep 47102');
  });

  const STRAYS: Readonly<Record<string, string>> = {
    'left its process group': 'setsid SLEEP & SLEEP',
    'left its environment': 'env -i SLEEP & SLEEP',
    'left its session, by two steps': '(setsid setsid sh -c "SLEEP; :") & SLEEP',
    'left session and environment': 'setsid env -i SLEEP >/dev/null 2>&1 & SLEEP',
    'left its process group and environment, and lost their parents': '(set -m; env -i SLEEP &) ; SLEEP',
    'left its session, and lost their parents': '(setsid SLEEP &) ; SLEEP',
    'have children of the same kind':
      'setsid env -i sh -c "setsid sh -c \\"SLEEP; :\\" & wait" >/dev/null 2>&1 & SLEEP',
    'ignore INT and TERM, unlike their parents':
      'setsid env -i sh -c "trap : INT TERM; while :; do SLEEP; done" >/dev/null 2>&1 & SLEEP',
  };

  describe('is stopped with children that', () => {
    const ended = new Map<string, { readonly sleep: string; readonly result: ExecResult }>();

    /** All at the same time, which is all that they take. */
    beforeAll(async () => {
      const run = async ([name, template]: [string, string]): Promise<void> => {
        const shell = await warmShell({ ssh_interrupt_grace_ms: 200, ssh_terminate_grace_ms: 200 });
        // What one failure leaves behind is neither found by the next run nor there for ever.
        const sleep = `sleep 300.${randomInt(1_000_000)}`;
        const result = await exec(shell, template.replaceAll('SLEEP', sleep), { timeoutMs: 700 });
        ended.set(name, { sleep, result });
      };
      await Promise.all(Object.entries(STRAYS).map(run));
    });

    it.each(Object.keys(STRAYS))('%s', async (name) => {
      const { sleep, result } = ended.get(name)!;
      expect(result).toMatchObject({ timedOut: true });
      expect(result.stopFault).toBeUndefined();
      await gone(sleep);
    });
  });

  it('leaves alone what only writes where it writes', async () => {
    const shell = await warmShell();
    const sleep = `sleep 300.${randomInt(1_000_000)}`;
    const { wait, goOn } = untilLet();
    const pipe = `(${sleep}; :) | cat; ${sleep}`;
    const first = exec(shell, pipe, { timeoutMs: 1_500 });
    await waitFor(() => processesWith(sleep).length > 0, { what: 'the writer' });
    const writer = `for pid in $(pgrep -xf '${sleep}'); do exec > /proc/$pid/fd/1; done; ${wait}; echo unharmed >&2`;
    const other = exec(shell, writer);
    expect((await first).stopFault).toBeUndefined();
    goOn();
    expect((await other).stderr).toBe('unharmed\n');
  });

  it('leaves behind what got away on purpose, since nothing that others cannot forge says whose it is', async () => {
    const sleep = `sleep 20.${randomInt(1_000_000)}`;
    const command = `(setsid env -i ${sleep} >/dev/null 2>&1 &) ; ${sleep}0`;
    const result = await exec(await warmShell(), command, { timeoutMs: 700 });
    expect(result).toMatchObject({ timedOut: true });
    const [pid = '', ...others] = processesWith(sleep);
    expect(others).toEqual([]);
    await exec(shellWith(), `kill ${pid.trim().split(' ')[0]}`);
  });

  unlessMissing(it, process.getuid?.() === 0 ? undefined : 'root, for a second user').each([
    ['the headers of other files', (pid: string, mark: string) => [`==> ${pid}/environ <==`, mark]],
    ['the shell of the request', (_: string, mark: string) => ['-c', `export ${mark}; sleep 9`]],
  ])('takes nobody with it whom another user names by %s', async (_, forge) => {
    const shell = await warmShell();
    const requestId = randomUUID();
    const mark = `SERVONAUT_REQUEST=${requestId}`;
    const { wait, goOn } = untilLet();
    let victim = '';
    const unharmed = exec(shell, `echo $$; ${wait}; echo unharmed`, {
      onOutput: (_stream, text) => (victim ||= text.trim()),
    });
    const stopped = exec(shell, 'echo on; sleep 47110', { requestId, timeoutMs: 1_500 });
    await waitFor(() => victim !== '', { what: 'the victim' });
    const rename = `printf '\\n%s (a' ${victim} > /proc/self/comm; sleep 30; :`;
    const env = { PATH: process.env['PATH'], SERVONAUT_REQUEST: requestId, A: `\n${forge(victim, mark).join('\n')}\n` };
    const attacker = spawn('/bin/sh', ['-c', rename, ...forge(victim, mark)], {
      uid: 65_534,
      gid: 65_534,
      env,
      cwd: '/',
      detached: true,
    });
    try {
      expect((await stopped).stopFault).toBeUndefined();
      goOn();
      expect((await unharmed).stdout).toContain('unharmed\n');
      expect(attacker.signalCode).toBeNull();
    } finally {
      process.kill(-attacker.pid!, 'SIGKILL');
    }
  });

  it.each([
    ['a loop within the shell', ': 47108; while :; do :; done'],
    ['a loop of programs', ': 47108; while :; do sleep 0.01; done'],
    ['a subshell in the background', '(: 47108; while :; do :; done) & wait'],
    ['what would come next', 'trap : INT TERM; sleep 47108; sleep 47108; sleep 47108'],
  ])('is stopped when it is %s, whichever shell reads it', async (_, command) => {
    const readBy = async (config: readonly string[]): Promise<void> => {
      const own = await startOwn({ config });
      const shell = shellWith({ ssh_interrupt_grace_ms: 100, ssh_terminate_grace_ms: 100 });
      const options = { requestId: randomUUID(), timeoutMs: 1_000, signal: NEVER };
      const result = await shell.exec(await serverOf(own), rawShell(command), options);
      expect(result).toMatchObject({ timedOut: true });
      expect(result.stopFault).toBeUndefined();
    };
    await Promise.all([[], ['ForceCommand exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" not-sh']].map(readBy));
    expect(processesWith('47108')).toEqual([]);
  });

  it('leaves the processes of other requests alone', async () => {
    const shell = await warmShell();
    const { wait, goOn } = untilLet();
    const other = exec(shell, `${wait}; echo unharmed`);
    await exec(shell, 'sleep 47104', { timeoutMs: 300 });
    goOn();
    expect((await other).stdout).toBe('unharmed\n');
  });

  it('is stopped when its caller cancels it, who gets the reason', async () => {
    const cancel = new AbortController();
    const running = exec(shellWith(), 'echo on; sleep 47105', {
      signal: cancel.signal,
      onOutput: () => cancel.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'request_cancelled' });
    await gone('sleep 47105');
  });

  it('is not said to be stopped when it has become a program that hides what it carries', async () => {
    const own = await startOwn({});
    const hidden = join(own.home, 'hidden');
    copyFileSync(requireProgram('sleep'), hidden);
    // A process whose program its user may not read belongs to root in /proc, as one of sudo does (proc(5)).
    chmodSync(hidden, 0o111);
    const options = { requestId: randomUUID(), timeoutMs: 500, signal: NEVER };
    const result = await shellWith().exec(await serverOf(own), rawShell(`exec ${hidden} 30`), options);
    expect(result).toMatchObject({ timedOut: true, stopFault: 'its first process was not found and may go on' });
  });

  it('on a server that bears one session only is stopped by its process group, and the result says so', async () => {
    const small = await startOwn({ maxSessions: 1 });
    const shell = shellWith({ ssh_interrupt_grace_ms: 100, ssh_terminate_grace_ms: 100 });
    const server = await serverOf(small);
    const options = { requestId: randomUUID(), timeoutMs: 1_000, signal: NEVER };
    await shell.exec(server, rawShell('true'), options);
    const result = await shell.exec(server, rawShell('trap "" INT; sleep 47106 & sleep 47106'), options);
    expect(result).toMatchObject({ timedOut: true, stopFault: 'only its process group could be signalled' });
    await gone('sleep 47106');
  });
});

describe('many commands at once', () => {
  it('one right behind the other are all run by a server that bears one session', async () => {
    const small = await startOwn({ maxSessions: 1 });
    const server = await serverOf(small);
    const shell = shellWith();
    const options = { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER };
    for (let index = 0; index < 50; index++) {
      expect(await shell.exec(server, rawShell(`echo ${index}`), options)).toMatchObject({ stdout: `${index}\n` });
    }
  });

  it('wait for a free session when the server bears few', async () => {
    const small = await startOwn({ maxSessions: 3 });
    const server = await serverOf(small);
    const shell = shellWith();
    const options = { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER };
    const runs = Array.from({ length: 20 }, (_, index) => shell.exec(server, rawShell(`echo ${index}`), options));
    const outputs = (await Promise.all(runs)).map((result) => result.stdout);
    expect(outputs).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`));
  });
});

describe('a connection', () => {
  let silent: TcpServer;
  afterEach(() => {
    silent?.close();
  });

  it('to a server that accepts and never answers ends at the timeout of the call, and delays no other server', async () => {
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const target = { ...(await web.target()), port: (silent.address() as AddressInfo).port };
    const shell = shellWith({ ssh_connect_timeout_ms: 1_000 });
    const options = { requestId: randomUUID(), timeoutMs: 300, signal: NEVER };
    const mute: Server = { ...web, name: 'mute', target: async () => target };
    const refused = expect(shell.exec(mute, rawShell('true'), options)).rejects.toMatchObject({
      code: 'connect_timeout',
    });
    expect((await exec(shell, 'echo hi')).stdout).toBe('hi\n');
    await refused;
  });

  it('that is refused is said to be, without the address', async () => {
    const target = { ...(await web.target()), port: 1 };
    const closed: Server = { ...web, target: async () => target };
    const options = { requestId: randomUUID(), timeoutMs: 5_000, signal: NEVER };
    const failure: unknown = await shellWith()
      .exec(closed, rawShell('true'), options)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'server_unreachable' });
    expect((failure as Error).message).not.toContain('127.0.0.1');
  });

  it('that breaks makes the running command connection_lost, and the next one connects anew', async () => {
    const own = await startOwn({});
    const server = await serverOf(own);
    const shell = shellWith();
    const options = { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER };
    const running = shell.exec(server, rawShell('echo on; sleep 47107'), {
      ...options,
      onOutput: () => void own.restart(),
    });
    await expect(running).rejects.toMatchObject({ code: 'connection_lost', soFar: { stdout: 'on\n' } });
    await waitFor(
      async () => (await shell.exec(server, rawShell('echo back'), options).catch(() => null))?.exitCode === 0,
      {
        what: 'the server to be back',
      },
    );
  });

  it('that nobody uses is closed', async () => {
    const pool = new SshPool({ ...DEFAULT_SSH_SETTINGS, ssh_idle_ms: 100 });
    await exec(shellWith({}, pool), 'true');
    await waitFor(() => pool.size === 0, { what: 'the idle connection to be closed' });
  });
});
