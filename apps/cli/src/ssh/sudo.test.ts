import { spawnSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSudoer, missingSudo, startSshd, unlessMissing, type TestSshd, type TestSudoer } from '@servonaut/testkit';
import { rawShell } from '@servonaut/plugin-sdk';
import type { Server, SshTarget } from '../inventory/server.ts';
import type { RemoteExecOptions } from './remote-shell.ts';
import { SshPool } from './ssh-pool.ts';
import { SshRemoteShell } from './ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from './ssh-settings.ts';
import type { SudoAttempt, SudoOutcome } from './sudo-attempts.ts';
import { SudoChannel } from './sudo-channel.ts';
import { newSudoWords } from './sudo-command.ts';
import { targetOf } from './testing/ssh-login.ts';

type StoredPassword = () => Promise<string | undefined>;

const NEVER = new AbortController().signal;

unlessMissing(describe, missingSudo())('a command under sudo', () => {
  let sshd: TestSshd;
  let sudoer: TestSudoer;
  const made: TestSudoer[] = [];
  const shells: SshRemoteShell[] = [];

  beforeAll(async () => {
    [sshd, sudoer] = await Promise.all([startSshd(), aSudoer()]);
  });
  afterEach(() => {
    for (const shell of shells.splice(0)) shell.close();
  });
  afterAll(async () => {
    await sshd.stop();
    for (const account of made) await account.remove();
  });

  async function aSudoer(options?: Parameters<typeof makeSudoer>[0]): Promise<TestSudoer> {
    const account = await makeSudoer(options);
    made.push(account);
    return account;
  }

  function sudo(
    command: string,
    options: Partial<RemoteExecOptions> & {
      readonly user?: TestSudoer;
      readonly password?: StoredPassword;
      readonly at?: TestSshd;
      readonly strategy?: SshTarget['strategy'];
      readonly shell?: SshRemoteShell;
      readonly name?: string;
    } = {},
  ) {
    const { user = sudoer, password = async () => user.password, at = sshd, strategy = 'ssh2', ...others } = options;
    const { name = 'web-1' } = options;
    const shell = options.shell ?? shellWith(password);
    const { sshConfigPath } = at;
    const own = { strategy, sshConfigPath, destination: 'web-1', user: user.name };
    const target = targetOf(at, { identityFiles: [at.privateKeyPath], ...own });
    const server: Server = { name, labels: {}, source: 'ssh_config', target: async () => target };
    const call = { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER, sudo: true };
    return shell.exec(server, rawShell(command), { ...call, ...others });
  }

  function shellWith(password: StoredPassword): SshRemoteShell {
    const settings = { ...DEFAULT_SSH_SETTINGS, ssh_interrupt_grace_ms: 200, ssh_terminate_grace_ms: 200 };
    const shell = new SshRemoteShell(settings, new SshPool(settings), { sudoPassword: password });
    shells.push(shell);
    return shell;
  }

  it('runs as root with the password, and says nothing of sudo', async () => {
    const result = await sudo('id -u; echo err >&2; cat; exit 7');
    expect(result).toMatchObject({ stdout: '0\n', stderr: 'err\n', exitCode: 7, timedOut: false });
  });

  it('gets what is meant for its stdin, whole', async () => {
    const stdin = `first\n${'x'.repeat(300_000)}\n`;
    expect(await sudo('wc -c', { stdin })).toMatchObject({ stdout: `${stdin.length}\n`, stderr: '' });
  });

  it('keeps the numbers of lines in messages', async () => {
    const result = await sudo('\nnot-a-command\nid -un');
    expect(result).toMatchObject({ stdout: 'root\n', stderr: expect.stringMatching(/ 2: /) });
  });

  it.each(['openssh', 'local'] as const)('runs as root over %s, too', async (strategy) => {
    const way = strategy === 'local' ? 'NOPASSWD: ALL' : 'ALL';
    const user = await aSudoer({ rule: way });
    const options = { user, stdin: 'in', strategy };
    expect(await sudo('id -u; cat; exit 3', options)).toMatchObject({ stdout: '0\nin', stderr: '', exitCode: 3 });
  });

  it('starts from a shell of another kind, too', async () => {
    const other = await startSshd({ config: ['ForceCommand exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" not-sh'] });
    expect(await sudo(`echo "it's $(id -u)"; cat`, { stdin: 'in', at: other })).toMatchObject({ stdout: "it's 0\nin" });
    await other.stop();
  });

  it('shows the password to nobody on the server, and to nobody here', async () => {
    // What is looked for comes by stdin, or it would be found in the search; and what is not looked for would be more than is kept of output.
    const all = '{ cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\000" "\\n"; }';
    const stdin = `SERVONAUT_REQUEST\n${sudoer.password}\n`;
    const result = await sudo(`{ ${all} | grep -aFf /dev/fd/3 | sort -u; } 3<&0`, { stdin });
    expect(result.stdout).toContain('SERVONAUT_REQUEST');
    for (const said of [JSON.stringify(result), sshd.logs()]) expect(said).not.toContain(sudoer.password);
  });

  it('that needs no password runs without one being asked for', async () => {
    const free = await aSudoer({ rule: 'NOPASSWD: ALL' });
    const password = async (): Promise<string> => Promise.reject(new Error('asked'));
    expect(await sudo('id -u', { user: free, password })).toMatchObject({ stdout: '0\n' });
  });

  it('ends at once with a wrong password, which is tried once', async () => {
    const failure: unknown = await sudo('id', { password: async () => 'not this one' }).catch((error) => error);
    expect(failure).toMatchObject({
      code: 'sudo_refused',
      message: 'sudo on web-1 refused the password that is stored.',
      nextStep: expect.stringContaining('servonaut servers sudo'),
    });
    expect(String((failure as Error).stack)).not.toContain('not this one');
    expect(await sudo('id -u')).toMatchObject({ stdout: '0\n' });
  });

  it('does not send a password again that was wrong, until there is another', async () => {
    let stored = 'not this one';
    const shell = shellWith(async () => stored);
    const messages: unknown[] = [];
    for (let tries = 0; tries < 2; tries++) {
      messages.push(await sudo('id', { shell }).catch((error: Error) => error.message));
    }
    expect(messages).toEqual([
      'sudo on web-1 refused the password that is stored.',
      'sudo refused the password that is stored for web-1 before, there or where the same user has the same; it was not sent again.',
    ]);
    stored = sudoer.password;
    expect(await sudo('id -u', { shell })).toMatchObject({ stdout: '0\n' });
  });

  it('sends a wrong password once for one account, whatever its servers are called and although it is wanted at once', async () => {
    const shell = shellWith(async () => 'not this one');
    const names = ['web-1', 'web-1', 'web-2', 'web-3'];
    const messages = await Promise.all(
      names.map((name) =>
        sudo('id', { shell, name }).then(
          () => 'ran',
          ({ message }: Error) => message,
        ),
      ),
    );
    expect(messages.filter((message) => message.endsWith('refused the password that is stored.'))).toHaveLength(1);
    expect(messages.filter((message) => message.endsWith('not sent again.'))).toHaveLength(3);
  });

  it.each<[string, StoredPassword, RegExp]>([
    ['no password is stored', async () => undefined, /none is stored/],
    ['the keychain fails', async () => Promise.reject(new Error('locked')), /keychain/],
  ])('ends at once when %s', async (_, password, message) => {
    await expect(sudo('id', { password })).rejects.toMatchObject({
      code: 'sudo_refused',
      message: expect.stringMatching(message),
    });
  });

  it('that the rules do not allow is refused with the words of sudo', async () => {
    const nobody = await aSudoer({ rule: '' });
    await expect(sudo('id', { user: nobody })).rejects.toMatchObject({
      code: 'sudo_refused',
      message: expect.stringMatching(/did not run the command: .*(not in the sudoers|not allowed)/),
    });
  });

  it('is stopped with its children although they ignore INT and TERM', async () => {
    const sleep = `sleep 300.${randomInt(1_000_000)}`;
    const command = `trap "" INT TERM; echo on; ${sleep} & setsid ${sleep} & ${sleep}`;
    const result = await sudo(command, { timeoutMs: 1_500 });
    expect(result).toMatchObject({ timedOut: true, stdout: 'on\n' });
    expect(result.stopFault).toBeUndefined();
    expect(spawnSync('pgrep', ['-xf', sleep], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('does not start when its time is over before there is a password', async () => {
    await expect(sudo('id', { timeoutMs: 1_000, password: () => new Promise(() => undefined) })).rejects.toMatchObject({
      code: 'sudo_refused',
      message: expect.stringContaining('did not run the command'),
    });
  });
});

describe('the password', () => {
  class Channel extends PassThrough {
    readonly stderr = new PassThrough();
    readonly written: string[] = [];
    override write(chunk: never): boolean {
      this.written.push(String(chunk));
      return true;
    }
    signal(): void {}
    close(): void {}
  }

  it('is written for the very prompt only, once, and never after the start', async () => {
    const [words, others] = [newSudoWords(), newSudoWords()];
    const inner = new Channel();
    const channel = new SudoChannel(inner, words, async () => ({ password: 'secret', ended: () => undefined }));
    const heard: string[] = [];
    channel.stderr.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
    const say = async (text: string): Promise<void> => {
      for (const character of text) inner.stderr.write(character);
      await new Promise(setImmediate);
    };
    await say(`Password:\n${others.prompt}\n${'x'.repeat(9_000)}`);
    expect(inner.written).toEqual([]);
    await say(words.prompt);
    expect(inner.written).toEqual(['secret\n']);
    await say(`\n${words.start}\nout ${words.prompt}`);
    expect(heard.join('')).toBe(`out ${words.prompt}`);
    expect(inner.written).toEqual(['secret\n']);
  });

  it('is not what a refusal names, nor who was told of it, but why', () => {
    const inner = new Channel();
    const nobody = async (): Promise<undefined> => undefined;
    const channel = new SudoChannel(inner, newSudoWords(), nobody);
    inner.stderr.emit(
      'data',
      Buffer.from('joe is not in the sudoers file.\nThis incident has been reported to the administrator.\n'),
    );
    expect(channel.failure('web-1').message).toBe(
      'sudo on web-1 did not run the command: joe is not in the sudoers file.',
    );
  });

  it('is not written when the start has come first', async () => {
    const words = newSudoWords();
    const inner = new Channel();
    const { promise, resolve: give } = Promise.withResolvers<SudoAttempt>();
    const late = new SudoChannel(inner, words, () => promise);
    inner.stderr.write(words.prompt);
    inner.stderr.write(`${words.start}\n`);
    await new Promise(setImmediate);
    const ended: SudoOutcome[] = [];
    give({ password: 'secret', ended: (outcome) => ended.push(outcome) });
    await new Promise(setImmediate);
    expect(late.isStarted).toBe(true);
    expect(inner.written).toEqual([]);
    expect(ended).toEqual(['unknown']);
  });
});
