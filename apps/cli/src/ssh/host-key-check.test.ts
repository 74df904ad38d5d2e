import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeSshKey, startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import type { SshTarget } from '../inventory/server.ts';
import { admitHostKey, recordedHostKeys } from './host-key-check.ts';
import { runAt, targetOf } from './testing/ssh-login.ts';

let sshd: TestSshd;
let path: string;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  path = join(await temporaryFolder(), '.ssh', 'known_hosts');
});

const reach = (changes: Partial<SshTarget>) =>
  runAt(targetOf(sshd, { identityFiles: [sshd.privateKeyPath], userKnownHostsFiles: [path], ...changes }), 'echo in');
const acceptNew = { strictHostKeyChecking: 'accept-new' } as const;
const logIns = () => sshd.logs().match(/Accepted publickey/g)?.length ?? 0;
const record = async (text: string): Promise<void> => {
  path = join(await temporaryFolder(), 'known_hosts');
  writeFileSync(path, text);
};
const key = () => sshd.hostKeyLine.split(' ').slice(1).join(' ').trim();

describe('the first host key of a host', () => {
  it('is refused where nothing says that new ones are accepted, and nothing is put on record', async () => {
    const before = logIns();
    await expect(reach({})).rejects.toMatchObject({ code: 'host_key_unknown' });
    expect(() => readFileSync(path)).toThrow('ENOENT');
    expect(logIns()).toBe(before);
  });

  it.each([false, true])('is put on record with accept-new, once (hashed: %s)', async (hashKnownHosts) => {
    for (const _ of ['first', 'second']) expect(await reach({ ...acceptNew, hashKnownHosts })).toBe('in\n');
    const text = readFileSync(path, 'utf8');
    expect(text.split('\n')).toHaveLength(2);
    expect(text.includes('127.0.0.1')).toBe(!hashKnownHosts);
    expect(await reach({})).toBe('in\n');
  });

  it('is on record before anything is offered', async () => {
    const failure = reach({ ...acceptNew, identityFiles: [] });
    await expect(failure).rejects.toMatchObject({ code: 'ssh_auth_failed' });
    expect(readFileSync(path, 'utf8')).toContain(key());
  });

  it('is refused where it cannot be kept, since the next one could not be told from it', async () => {
    const before = logIns();
    const failure = reach({ ...acceptNew, userKnownHostsFiles: ['/dev/null'] });
    await expect(failure).rejects.toMatchObject({
      code: 'config_invalid',
      nextStep: expect.stringMatching(/UserKnownHostsFile/),
    });
    expect(logIns()).toBe(before);
  });
});

describe('with accept-new', () => {
  it('another key than that on record is refused all the same', async () => {
    const other = await makeSshKey(join(await temporaryFolder(), 'other'));
    await record(`[127.0.0.1]:${sshd.port} ${other.publicKey}\n`);
    await expect(reach(acceptNew)).rejects.toMatchObject({ code: 'host_key_changed' });
    expect(readFileSync(path, 'utf8')).not.toContain(key());
  });

  it.each(['@revoked *', '@revoked 127.0.0.1'])('a key that a line revokes is refused: %s', async (marker) => {
    await record(`${marker} ${key()}\n`);
    await expect(reach(acceptNew)).rejects.toMatchObject({ code: 'host_key_changed' });
  });

  it('a key that was put on record while the connect was under way is what counts', async () => {
    const results = await Promise.all([reach(acceptNew), reach(acceptNew)]);
    expect(results).toEqual(['in\n', 'in\n']);
  });
});

describe('two machines that show a first key for one place at once', () => {
  it.each([false, true])('are not both believed (hashed: %s)', async (hashKnownHosts) => {
    const folder = await temporaryFolder();
    const made = await Promise.all(['one', 'two'].map((name) => makeSshKey(join(folder, name))));
    const shown = made.map(({ publicKey }) => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
    const target = targetOf(sshd, { ...acceptNew, userKnownHostsFiles: [path], hashKnownHosts });
    const known = await recordedHostKeys(target);
    const answers = await Promise.allSettled(shown.map((blob) => admitHostKey('web-1', blob, known, target)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(answers).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'host_key_changed' }),
    });
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(readdirSync(dirname(path))).toEqual(['known_hosts']);
  });
});

describe('a host of which only a certificate authority is on record', () => {
  it.each([{}, acceptNew])('is not believed its plain key, and the failure points to ssh: %j', async (changes) => {
    await record(`@cert-authority * ${key()}\n`);
    await expect(reach(changes)).rejects.toMatchObject({
      code: 'host_key_unknown',
      message: expect.stringContaining('certificate authority'),
      nextStep: expect.stringContaining('ssh_strategy'),
    });
  });
});
