import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeSshKey, temporaryFolder } from '@servonaut/testkit';
import { readKeyFile, readPublicFile } from './key-files.ts';
import { UnlockedKeys } from './unlocked-keys.ts';

let folder: string;
let key: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  key = (await makeSshKey(join(folder, 'id'))).path;
});

async function encrypted(path: string): Promise<string> {
  const { mode } = await stat(path);
  chmodSync(path, 0o600);
  execFileSync('ssh-keygen', ['-q', '-p', '-a', '1', '-N', 'secret', '-f', path], { stdio: 'ignore' });
  chmodSync(path, mode);
  return path;
}

const unreadable = { privateKey: null, hindrance: 'a key file cannot be read' };

/** More of them than there are threads that read files. */
const MANY = 8;

describe('a key file', () => {
  it('that is a pipe is not waited for, nor is what stands beside one', async () => {
    const pipe = join(folder, 'pipe');
    for (const path of [pipe, `${pipe}.pub`, `${pipe}-cert.pub`]) execFileSync('mkfifo', [path]);
    const read = await Promise.all(Array.from({ length: MANY }, () => readKeyFile(pipe)));
    for (const file of read) expect(file).toMatchObject({ ...unreadable, publicKey: null, certificate: null });
    expect(await readPublicFile(pipe)).toBeNull();
    const ask = async (): Promise<string> => Promise.reject(new Error('asked'));
    const locked = { path: pipe, publicKey: null, privateKey: null, isEncrypted: true, certificate: null };
    await expect(new UnlockedKeys().unlock({ ...locked, hindrance: null }, ask)).rejects.not.toThrow('asked');
  });

  it('without an end, or of a size that no key has, is not read', async () => {
    const long = join(folder, 'long');
    writeFileSync(long, '', { mode: 0o600 });
    truncateSync(long, 2 ** 40);
    const endless = join(folder, 'endless');
    symlinkSync('/dev/zero', endless);
    for (const path of [long, endless, folder]) expect(await readKeyFile(path)).toMatchObject(unreadable);
  });

  it('is followed where it is a link to a key', async () => {
    symlinkSync(key, join(folder, 'link'));
    expect(await readKeyFile(join(folder, 'link'))).toMatchObject({ hindrance: null, privateKey: expect.anything() });
  });

  it.each([0o640, 0o604, 0o620, 0o601])('that others may use (mode %o) is left alone, as by ssh', async (mode) => {
    const open = join(folder, 'open');
    copyFileSync(key, open);
    copyFileSync(`${key}.pub`, `${open}.pub`);
    chmodSync(open, mode);
    const file = await readKeyFile(open);
    expect(file).toMatchObject({ privateKey: null, hindrance: expect.stringMatching(/others.*chmod 600/) });
    const asked = await readKeyFile(await encrypted(open));
    expect(asked).toMatchObject({ isEncrypted: false, hindrance: file?.hindrance });
    // The agent may hold it.
    expect(file?.publicKey).toEqual((await readKeyFile(key))?.publicKey);
  });

  it('that holds a public key only may be read by all', async () => {
    chmodSync(`${key}.pub`, 0o644);
    const { publicKey } = (await readKeyFile(key)) ?? {};
    expect(await readKeyFile(`${key}.pub`)).toMatchObject({ hindrance: null, publicKey });
  });
});
