import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSshd, type TestSshd } from './sshd.ts';
import { startProcess } from './test-process.ts';
import { waitFor } from './wait-for.ts';

/** Runs a command on the test server with the system's ssh. */
const ssh = (server: TestSshd, command: string, ...options: string[]) =>
  spawnSync('ssh', ['-F', server.sshConfigPath, ...options, 'web-1', command], { encoding: 'utf8' });

const isThere = (pid: string): boolean => spawnSync('/bin/kill', ['-0', pid]).status === 0;

describe('startSshd', () => {
  let server: TestSshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server.stop());

  it('lets its own key in, with the ready ssh_config, and nothing disturbs the streams', () => {
    expect(ssh(server, 'echo out; echo err >&2; exit 3')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
      status: 3,
    });
  });

  it('logs in as somebody who is not root and may write in home', () => {
    const result = ssh(server, `id -u; id -un; touch ${server.home}/file && ls ${server.home}`);
    expect(result.stdout).toMatch(new RegExp(`^[1-9]\\d*\n${server.user}\nfile\n$`));
  });

  it('names the fingerprint as ssh-keygen does', () => {
    const { stdout } = spawnSync('ssh-keygen', ['-l', '-f', server.knownHostsPath], { encoding: 'utf8' });
    expect(stdout).toContain(server.hostKeyFingerprint);
    expect(readFileSync(server.knownHostsPath, 'utf8')).toBe(`${server.hostKeyLine}\n`);
  });

  it('logs who came in', async () => {
    ssh(server, 'true');
    await waitFor(() => server.logs().includes('Accepted publickey for'), { what: 'the log line' });
  });

  it('offers the password method only when asked to', async () => {
    const offered = (target: TestSshd): string =>
      ssh(target, 'true', '-o', 'PubkeyAuthentication=no', '-o', 'BatchMode=yes').stderr;
    const open = await startSshd({ allowPassword: true });
    expect(offered(server)).toContain('(publickey)');
    expect(offered(open)).toContain('(publickey,password)');
    await open.stop();
  });

  it('takes over further configuration', async () => {
    const strict = await startSshd({ config: ['ForceCommand echo forced'] });
    expect(ssh(strict, 'echo mine').stdout).toBe('forced\n');
    await strict.stop();
  });
});

describe('a server that stops', () => {
  it('takes along its connections and what was started through it, even in the background', async () => {
    const server = await startSshd();
    const session = await startProcess({
      command: 'ssh',
      args: ['-F', server.sshConfigPath, 'web-1', 'setsid sleep 600 >/dev/null 2>&1 & echo $!; sleep 600'],
    });
    const [background = ''] = await session.waitForLine(/^\d+$/);
    expect(isThere(background)).toBe(true);
    await server.stop();
    expect((await session.exited).code).toBe(255);
    await waitFor(() => !isThere(background), { what: 'the end of the background process' });
  });

  it('comes back on the same port with the same key', async () => {
    const server = await startSshd();
    await server.restart();
    expect(ssh(server, 'echo again').stdout).toBe('again\n');
    await server.stop();
    expect(ssh(server, 'echo never').status).toBe(255);
  });

  it('can be replaced by another on its port: with its host key unnoticed, with a fresh one refused', async () => {
    const first = await startSshd();
    await first.stop();
    const hostKey = readFileSync(join(first.knownHostsPath, '../host_key'), 'utf8');
    const login = (user: TestSshd) => ssh(user, 'true', '-o', `UserKnownHostsFile=${first.knownHostsPath}`);

    const twin = await startSshd({ port: first.port, hostKey });
    expect(login(twin).status).toBe(0);
    await twin.stop();

    const impostor = await startSshd({ port: first.port });
    expect(login(impostor).stderr).toContain('IDENTIFICATION HAS CHANGED');
    await impostor.stop();
  });
});
