import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { waitForLock, type LockTry } from '../journal/lock-file.ts';
import { keyType } from './host-key.ts';
import { KnownHosts } from './known-hosts.ts';
import { readRegularFile } from './regular-file.ts';

const PUBLIC_KEY_LINE = /^\s*[a-z][\w@.-]* +AAAA[A-Za-z0-9+/]+={0,2}\s*(\s.*)?$/;

/** Longest file of host keys that is read, in bytes: those of some hundred thousand hosts. */
const MOST_BYTES = 2 ** 26;

async function readText(path: string): Promise<string> {
  return path === devNull ? '' : (await readRegularFile(path, MOST_BYTES)).data.toString('utf8');
}

/** A file that is not there holds nothing; one that cannot be read might hold a revocation, so it stops the connect. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new ServonautError('config_invalid', {
      message: 'A known_hosts file cannot be read.',
      detail: path,
      cause: error,
    });
  }
}

/**
 * The keys of a `RevokedHostKeys` file, one a line, as lines of known_hosts that revoke them everywhere. As for ssh(1), a file that is not there
 * or not understood revokes all.
 */
async function readRevokedKeys(path: string): Promise<string> {
  const text = await readText(path).catch((cause: unknown) => {
    throw new ServonautError('config_invalid', {
      message: 'The RevokedHostKeys file cannot be read.',
      detail: path,
      cause,
    });
  });
  const keys = text.split('\n').filter((line) => /^\s*[^#\s]/.test(line));
  if (keys.every((line) => PUBLIC_KEY_LINE.test(line))) return keys.map((line) => `@revoked * ${line}`).join('\n');
  throw new ServonautError('ssh_config_unsupported', {
    message: 'The RevokedHostKeys file holds something else than public keys, one a line.',
    nextStep: 'Give the revoked keys themselves: a list that ssh-keygen -k has made (KRL) is not supported.',
    detail: path,
    facts: { option: 'RevokedHostKeys' },
  });
}

/** @param revokedKeys path of a file of keys that are revoked wherever they are shown */
export async function readKnownHosts(paths: readonly string[], revokedKeys?: string): Promise<KnownHosts> {
  const revoked = revokedKeys === undefined ? [] : [readRevokedKeys(revokedKeys)];
  return new KnownHosts(await Promise.all([...paths.map(readIfThere), ...revoked]));
}

/** The name as ssh-keygen -H would write it, so that the file does not tell a thief where else to go. */
function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/**
 * Adds one key to a known_hosts file, which is created readable by its owner alone. One `O_APPEND` write: a reader sees the whole line or
 * none of it, and a line that ssh adds at the same moment is not lost.
 */
export async function appendKnownHost(
  path: string,
  entry: { readonly name: string; readonly key: Buffer; readonly hashed: boolean },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const host = entry.hashed ? hashedName(entry.name) : entry.name;
  const line = `${host} ${keyType(entry.key)} ${entry.key.toString('base64')}\n`;
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = size > 0 ? (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() : '\n';
    await file.write(last === '\n' ? line : `\n${line}`);
  } finally {
    await file.close();
  }
}

/** Much longer than a key takes to be put on record, in milliseconds. */
const LOCK_PATIENCE_MS = 10_000;

/**
 * Runs `change` while no other process of ours, and nothing else in this one, puts a key on record in the file at `path`. ssh(1) knows no such lock.
 * @throws ServonautError `config_invalid` where no lock can be written beside the file, `unavailable` when somebody has it for 10 s
 */
export async function whileLocked(path: string, change: () => Promise<void>): Promise<void> {
  const lock = await lockBeside(path);
  if ('heldBy' in lock) {
    throw new ServonautError('unavailable', { message: 'Another process is adding to the known_hosts file.' });
  }
  try {
    await change();
  } finally {
    lock.release();
  }
}

async function lockBeside(path: string): Promise<LockTry> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await waitForLock(`${path}.servonaut-lock`, LOCK_PATIENCE_MS);
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: 'No host key can be put on record: nothing can be written beside the known_hosts file.',
      nextStep: 'Make the folder of the first UserKnownHostsFile writable.',
      detail: path,
      cause,
    });
  }
}
