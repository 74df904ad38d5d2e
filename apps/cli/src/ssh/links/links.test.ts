import { randomInt, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSshd, temporaryFolder, waitFor, type TestSshd } from '@servonaut/testkit';
import type { LinkStrategy } from '../../inventory/server.ts';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import { type SshSettings } from '../ssh-settings.ts';
import { endStarted, startOwn, targetOf, serverAt, shellOn, gone } from '../testing/link-servers.ts';

let sshd: TestSshd;

beforeAll(async () => {
  sshd = await startSshd();
});
afterEach(endStarted);
afterAll(() => sshd.stop());

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

  it('takes a stdin that comes over time, and gives its stdout to whoever consumes it, no faster than both are', async () => {
    async function* stdin(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 320; count++) yield Buffer.alloc(32_768, 'x');
    }
    let [taken, waiting] = [0, 0];
    const consume = async ({ length }: Uint8Array): Promise<void> => {
      waiting++;
      await nextTurn();
      expect(waiting--).toBe(1);
      taken += length;
    };
    const result = await shellHere().exec('cat', { stdin: stdin(), consume });
    expect(result).toMatchObject({ stdout: '', stdoutBytes: 320 * 32_768, exitCode: 0 });
    expect(taken).toBe(320 * 32_768);
  });

  it('is stopped, and hears no end of its stdin before, when what it is to be given cannot be had', async () => {
    const { exec } = shellHere({ ssh_interrupt_grace_ms: 100, ssh_terminate_grace_ms: 100 });
    const mark = randomUUID();
    async function* stdin(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half of it');
      throw new Error('no disk');
    }
    const [folder, done] = [await temporaryFolder(), 'done'];
    const running = exec(`cat >/dev/null; : ${mark}; touch ${folder}/${done}`, { stdin: stdin() });
    await expect(running).rejects.toThrow('no disk');
    await gone(mark);
    expect(readdirSync(folder)).toEqual([]);
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

it.each<LinkStrategy>(['ssh2', 'openssh'])(
  'over %s, a command is given what the server takes of its variables',
  async (strategy) => {
    const own = await startOwn({ config: ['AcceptEnv GIVEN OTHER'] });
    const variables = { GIVEN: "it's given", OTHER: '', LEFT: 'not accepted' };
    const { exec } = shellOn(serverAt(targetOf(own, strategy, { variables })));
    expect(await exec('echo "$GIVEN,${OTHER-unset},${LEFT-unset}"')).toMatchObject({ stdout: "it's given,,unset\n" });
  },
);

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
