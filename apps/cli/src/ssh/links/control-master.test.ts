import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSshKey, startProcess, startSshd, temporaryFolder, waitFor, type TestSshd } from '@servonaut/testkit';
import type { SshTarget } from '../../inventory/server.ts';
import {
  controlDir,
  endStarted,
  mutePort,
  startOwn,
  withConfig,
  targetOf,
  serverAt,
  shellOn,
  processesWith,
} from '../testing/link-servers.ts';

let sshd: TestSshd;

beforeAll(async () => {
  sshd = await startSshd();
});
afterEach(endStarted);
afterAll(() => sshd.stop());

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
    await waitFor(() => masters().length === 0, { what: 'the end of the master' });
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
    await waitFor(() => masters().length === 0, { what: 'the end of the master', timeoutMs: 25_000 });
  });

  it('reaches a server through jump hosts, none of which is believed without its key on record', async () => {
    const first = await startOwn();
    const lax = ['StrictHostKeyChecking no'];
    // The second one is the server itself, so that it is connected to twice.
    const through = (changes: Partial<SshTarget> = {}) =>
      targetOf(sshd, 'openssh', {
        jumps: [withConfig(targetOf(first, 'openssh', changes), lax), withConfig(targetOf(sshd, 'openssh'), lax)],
      });
    const logins = () => sshd.logs().split('Accepted publickey').length;
    const before = logins();
    expect(await shellOn(serverAt(through())).exec('echo through')).toMatchObject({ stdout: 'through\n' });
    expect(first.logs()).toContain('Accepted publickey');
    expect(logins()).toBe(before + 2);
    const nothing = join(await temporaryFolder(), 'known_hosts');
    await expect(shellOn(serverAt(through({ userKnownHostsFiles: [nothing] }))).exec('true')).rejects.toMatchObject({
      code: 'host_key_unknown',
      message: 'On the way to web-1: The host key of its jump host is not known.',
      nextStep: expect.stringContaining('servonaut servers trust web-1'),
    });
  });

  it('tells what is wrong with a jump host from what is wrong with the server', async () => {
    const folder = await temporaryFolder();
    const other = join(folder, 'known_hosts');
    const stranger = await makeSshKey(join(folder, 'stranger'));
    writeFileSync(other, sshd.hostKeyLine.replace(/ \S+\s*$/, ` ${stranger.publicKey.split(' ')[1]}\n`));
    const changed = { userKnownHostsFiles: [other] };
    const locked = await makeSshKey(join(folder, 'locked'), { passphrase: 'secret' });
    const refused = { identityFiles: [locked.path] };
    const failure = async (onHop: Partial<SshTarget>, onServer: Partial<SshTarget>) => {
      const jumps = [targetOf(sshd, 'openssh', { inventoryName: 'bastion', ...onHop })];
      const { exec } = shellOn(serverAt(targetOf(sshd, 'openssh', { jumps, ...onServer })));
      return exec('true').then(String, ({ message }: Error) => message);
    };
    expect(await Promise.all([failure(changed, {}), failure(refused, {}), failure({}, changed)])).toEqual([
      'On the way to web-1: The host key of bastion is not the one on record.',
      "On the way to web-1: bastion accepted none of the operator's keys (a key file is encrypted: load it into the SSH agent with ssh-add).",
      'The host key of web-1 is not the one on record.',
    ]);
    expect(await failure({}, { port: 1 })).toBe('web-1 could not be reached: its jump host could not connect to it.');
    await waitFor(() => readdirSync(join(controlDir, 'c')).length === 0, { what: 'the end of what they have said' });
  });

  it('puts first keys on record where that is asked for, of jump hosts, too, and goes over none whose key is not kept', async () => {
    const first = await startOwn();
    const folder = await temporaryFolder();
    const through = (known: string, hopKnown: string) => {
      const changes = { strictHostKeyChecking: 'accept-new' } as const;
      const hop = targetOf(first, 'openssh', { ...changes, userKnownHostsFiles: [hopKnown] });
      return serverAt(targetOf(sshd, 'openssh', { ...changes, userKnownHostsFiles: [known], jumps: [hop] }));
    };
    const [known, hopKnown] = [join(folder, 'known'), join(folder, 'hop')];
    await expect(shellOn(through(known, '/dev/null')).exec('true')).rejects.toMatchObject({ code: 'config_invalid' });
    expect(first.logs()).not.toContain('Accepted');
    expect(await shellOn(through(known, hopKnown)).exec('echo on')).toMatchObject({ stdout: 'on\n' });
    expect(readFileSync(known, 'utf8').trim()).toBe(sshd.hostKeyLine.trim());
    expect(readFileSync(hopKnown, 'utf8').trim()).toBe(first.hostKeyLine.trim());
  });
});
