import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, realpath, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/plugin-sdk';
import { byteWords } from '@servonaut/plugin-sdk/host-facts';
import { withLocalSftp } from '@servonaut/plugin-sdk/sftp';
import type { Side } from './side.ts';

/** Bytes read at a time. */
const READ_BYTES = 1_024 * 1_024;

/** What a download leaves free on the operator's disk, in bytes: other programs need some. */
const LEAST_FREE = 1_024 ** 3;

/** The transfer folder, made for the user alone where there is none. @returns it without links, which the operator may have put on the way */
export async function openTransferFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}

/** @param folder as `openTransferFolder` gives it @param name as `localName` gives it */
export function localSide(folder: string, name: string, signal: AbortSignal): Side {
  return {
    // Relative, so that no error says where on the operator's machine it is.
    path: name,
    called: `${name} in the transfer folder`,
    key: join(folder, name),
    files: (use) => withLocalSftp(use, { folder, signal, followsLinks: false }),
    owner: async () => process.getuid?.(),
    digest: (of, length) => digestOf(join(folder, of), length, signal),
  };
}

/** Makes the folders of a name, for the user alone. */
export function makeFolders(folder: string, name: string): Promise<void> {
  const parts = name.split('/').slice(0, -1);
  return withLocalSftp(
    async (sftp) => {
      for (let depth = 1; depth <= parts.length; depth++) {
        const path = parts.slice(0, depth).join('/');
        if (!(await sftp.linkStat(path))) await sftp.makeFolder(path, 0o700);
      }
    },
    { folder },
  );
}

/** An agent could otherwise fill the operator's disk. @throws ServonautError where there is not enough room for `bytes` more */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const room = Math.max(0, bavail * bsize - LEAST_FREE);
  if (bytes <= room) return;
  throw new ServonautError('tool_failed', {
    message: `There is no room for ${byteWords(bytes)} in the transfer folder: ${byteWords(room)} may be used, and ${byteWords(LEAST_FREE)} stay free.`,
    nextStep: 'Ask the operator to make room, or transfer less.',
  });
}

async function digestOf(path: string, length: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  if (length === 0) return hash.digest('hex');
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const stream = file.createReadStream({ end: length - 1, highWaterMark: READ_BYTES, signal });
  for await (const bytes of stream as AsyncIterable<Buffer>) hash.update(bytes);
  return hash.digest('hex');
}
