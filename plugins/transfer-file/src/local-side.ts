import { createHash } from 'node:crypto';
import { mkdir, realpath, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/plugin-sdk';
import { byteWords } from '@servonaut/plugin-sdk/host-facts';
import { withLocalSftp, type Sftp } from '@servonaut/plugin-sdk/sftp';
import type { Side } from './side.ts';

/** What a download leaves free on the operator's disk, in bytes: other programs need some. */
const LEAST_FREE = 1_024 ** 3;

/** The transfer folder, made for the user alone where there is none. @returns it without links, which the operator may have put on the way */
export async function openTransferFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}

/** @param folder as `openTransferFolder` gives it @param name as `localName` gives it */
export function localSide(folder: string, name: string, signal: AbortSignal): Side {
  const files: Side['files'] = (use) => withLocalSftp(use, { folder, signal, followsLinks: false });
  return {
    // Relative, so that no error says where on the operator's machine it is.
    path: name,
    isHere: true,
    called: `${name} in the transfer folder`,
    key: join(folder, name),
    files,
    owner: async () => process.getuid?.(),
    digest: (of, length) => files((sftp) => digestOf(sftp, of, length)),
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

async function digestOf(sftp: Sftp, path: string, length: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await sftp.open(path, 'read');
  let left = length;
  for await (const bytes of file.read(0, { reuse: true })) {
    hash.update(bytes.subarray(0, left));
    left -= Math.min(left, bytes.length);
    if (left === 0) break;
  }
  return hash.digest('hex');
}
