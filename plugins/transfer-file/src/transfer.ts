import { ServonautError } from '@servonaut/plugin-sdk';
import type { Sftp, SftpStats } from '@servonaut/plugin-sdk/sftp';
import { copyFrom } from './copy.ts';
import { equalDigests } from './equal-digests.ts';
import { partialPath, resumePoint } from './partial-file.ts';
import { plainFile } from './plain-file.ts';
import type { Side } from './side.ts';

export interface TransferWishes {
  readonly overwrite: boolean;
  /** Permission bits of the file in the end. Default: those of the file that it replaces, otherwise 0o600. */
  readonly mode?: number | undefined;
  /** Told of how many bytes have arrived, of how many. */
  readonly onProgress: (done: number, total: number) => void;
  /** Told of how long the file is before anything of it is written; may refuse. */
  onSize(bytes: number): Promise<void>;
}

export interface Transferred {
  readonly bytes: number;
  /** Bytes that an earlier call had brought. */
  readonly resumedFrom: number;
  /** The target was the same already. */
  readonly isUnchanged: boolean;
  /** Of both sides; undefined where one makes none out. */
  readonly sha256: string | undefined;
}

interface Found {
  readonly size: number;
  readonly there: SftpStats | undefined;
  readonly left: SftpStats | undefined;
}

/**
 * Copies a file, so that there is all of it or nothing new at the target. What is cut off leaves a partial file, from which the next call goes on.
 * @throws ServonautError
 */
export async function transfer(source: Side, target: Side, wishes: TransferWishes): Promise<Transferred> {
  const { size, there, left } = await lookAt(source, target);
  const already = there?.size === size && (await equalDigests([source, source.path], [target, target.path], size));
  if (already) return { bytes: size, resumedFrom: 0, isUnchanged: true, sha256: already };
  if (there && !wishes.overwrite)
    throw new ServonautError('conflict', {
      message: `There is another ${target.called} already.`,
      nextStep: 'Set overwrite to replace it, or choose another name.',
    });
  const resumedFrom = left ? await resumePoint(source, target, left, size) : 0;
  await wishes.onSize(size - resumedFrom);
  await copyFrom(source, target, { from: resumedFrom, size, onProgress: wishes.onProgress });
  const sha256 = await compare(source, target, size);
  await moveIntoPlace(target, there, wishes.mode ?? (there ? there.mode & 0o777 : 0o600));
  return { bytes: size, resumedFrom, isUnchanged: false, sha256 };
}

async function lookAt(source: Side, target: Side): Promise<Found> {
  const stats = await source.files(async (sftp) => {
    const found = await plainFile(sftp, source);
    if (found?.size === 0) await checkEmpty(sftp, source);
    return found;
  });
  if (!stats) throw new ServonautError('not_found', { message: `There is no ${source.called}.` });
  return target.files(async (sftp) => ({
    size: stats.size,
    there: await plainFile(sftp, target),
    left: await sftp.linkStat(partialPath(target.path)),
  }));
}

/** What the kernel makes as it is read says that it is empty; taken at its word it would arrive as nothing, and be called whole. */
async function checkEmpty(sftp: Sftp, { path, called }: Side): Promise<void> {
  const file = await sftp.open(path, 'read');
  const { length } = await file.readAt(0, 1);
  await file.close();
  if (length === 0) return;
  throw new ServonautError('tool_failed', {
    message: `${called} says that it is empty, and is not: such files, as those in /proc, are made as they are read.`,
    nextStep: 'Read it by run_command with cat, or copy it to a file on the server first.',
  });
}

async function compare(source: Side, target: Side, size: number): Promise<string | undefined> {
  const path = partialPath(target.path);
  const sha256 = await equalDigests([source, source.path], [target, path], size);
  if (sha256 !== false) return sha256;
  await target.files((sftp) => sftp.remove(path));
  throw new ServonautError('tool_failed', {
    message: `What has arrived is not ${source.called} as it is now: it was changed meanwhile. Nothing was put in place.`,
    nextStep: 'Call again when nothing writes to it.',
  });
}

/** @param found what was at the target, which is looked at again: the copying may have taken hours */
function moveIntoPlace(target: Side, found: SftpStats | undefined, mode: number): Promise<void> {
  const path = partialPath(target.path);
  return target.files(async (sftp) => {
    await sftp.setMode(path, mode);
    const now = await plainFile(sftp, target);
    if (now?.size !== found?.size || now?.modifiedAt.getTime() !== found?.modifiedAt.getTime())
      throw new ServonautError('conflict', {
        message: `${target.called} has changed while the copy was made. It was left as it is.`,
        nextStep: 'Look at it, and call again with overwrite to replace it.',
      });
    await sftp.rename(path, target.path);
  });
}
