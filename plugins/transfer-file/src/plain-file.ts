import { posix } from 'node:path';
import { ServonautError } from '@servonaut/plugin-sdk';
import type { Sftp, SftpFile, SftpStats } from '@servonaut/plugin-sdk/sftp';
import type { Side } from './side.ts';

/**
 * The file of a side, which is neither a link nor behind one: what the operator agrees to is what is read and written.
 * @returns undefined where there is none
 * @throws ServonautError where there is no folder for it, for a link, and for what is no file
 */
export async function plainFile(sftp: Sftp, { path, called }: Side): Promise<SftpStats | undefined> {
  const folder = posix.dirname(path);
  const around = await sftp.linkStat(folder);
  if (!around) throw new ServonautError('not_found', { message: `There is no folder for ${called}.` });
  const straight = posix.resolve(await sftp.realPath('.'), folder);
  if (around.kind === 'link' || (await sftp.realPath(folder)) !== straight)
    refuse(`The folder of ${called} is a link, or behind one.`, 'Give the path without links, as realpath prints it.');
  const stats = await sftp.linkStat(path);
  if (stats?.kind === 'link') refuse(`${called} is a link.`, 'Give the path of the file that it leads to.');
  if (stats && stats.kind !== 'file')
    refuse(`${called} is no file.`, 'One file is transferred at a time: pack a folder into an archive first.');
  return stats;
}

/**
 * Opens the file of a side to read it. Whoever else is on a server may put a link to what only its SSH user may read in its place, after it was looked at and
 * before it is opened: what is open must be what lies there, by all that the protocol tells of a file that does not change as it grows.
 */
export async function openPlain(sftp: Sftp, side: Side): Promise<SftpFile> {
  const file = await sftp.open(side.path, 'read');
  const [open, there] = [await file.stat(), await plainFile(sftp, side)];
  if (!there || identity(open) !== identity(there))
    throw new ServonautError('conflict', {
      message: `Another file was put in the place of ${side.called} while it was opened. Nothing of it was read.`,
    });
  return file;
}

function identity({ kind, uid, gid, mode }: SftpStats): string {
  return [kind, uid, gid, mode].join(' ');
}

function refuse(message: string, nextStep: string): never {
  throw new ServonautError('invalid_request', { message, nextStep });
}
