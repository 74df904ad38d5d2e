import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import writeFileAtomic from 'write-file-atomic';

/**
 * Replaces the file in one step; only its owner can read it, and look into its folder.
 * @throws ServonautError `config_invalid`; what was there is there still
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: `${path} cannot be written.`,
      nextStep: 'Make its folder writable, or room on its disk.',
      cause,
    });
  }
}

/** @throws ServonautError `config_invalid` when it is there still */
export async function removePrivateFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: `${path} cannot be removed.`,
      nextStep: 'Make its folder writable.',
      cause,
    });
  }
}

/** What others than its owner may do with a file, as far as its mode says. */
export type OthersMay = 'nothing' | 'read';

const FORBIDDEN = { nothing: 0o077, read: 0o022 } as const;

/**
 * Undefined when there is none. Mode and content come from one open file, so that they cannot be of two different ones.
 * @throws ServonautError `config_invalid` when others than its owner can do more with it
 */
export async function readPrivateFile(path: string, othersMay: OthersMay = 'nothing'): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ServonautError('config_invalid', { message: `${path} cannot be read.`, cause: error });
  });
  if (!file) return undefined;
  try {
    refuseOthers(path, (await file.stat()).mode, FORBIDDEN[othersMay]);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function refuseOthers(path: string, mode: number, forbidden: number): void {
  // Windows has no such bits.
  if (process.platform === 'win32' || (mode & forbidden) === 0) return;
  throw new ServonautError('config_invalid', {
    message: `${path} holds a token and can be read by other users.`,
    nextStep: `Run "chmod 600 ${path}"; if others may have read it, revoke the token and log in with a new one.`,
  });
}
