import { posix } from 'node:path';
import { SFTP_WINDOW, type Sftp, type SftpFile, type SftpStats } from '@servonaut/plugin-sdk/sftp';
import { equalDigests } from './equal-digests.ts';
import type { Side } from './side.ts';

/** For its owner alone, until it is whole. */
const PARTIAL_MODE = 0o600;

/** Where a file grows that is not there yet: beside it, so that it can take its place in one step. */
export function partialPath(path: string): string {
  return posix.join(posix.dirname(path), `.${posix.basename(path)}.part`);
}

/**
 * From which byte on a transfer that was cut off goes on, which is where the partial file begins as the source does. Nothing else is kept of it, so nothing
 * can be out of date.
 * @param left the partial file as it was found. Others may have put theirs there, to read what is written into it.
 * @param size of the source
 */
export async function resumePoint(source: Side, target: Side, left: SftpStats, size: number): Promise<number> {
  // There may be holes in the end of it.
  const from = Math.min(left.size - SFTP_WINDOW, size);
  if (from <= 0 || left.kind !== 'file' || left.mode !== PARTIAL_MODE) return 0;
  if (left.uid !== (await target.owner())) return 0;
  const isSame = await equalDigests([source, source.path], [target, partialPath(target.path)], from);
  return isSame ? from : 0;
}

/** @param from 0 for a new one, in place of what is there */
export async function openPartial(sftp: Sftp, target: Side, from: number): Promise<SftpFile> {
  const path = partialPath(target.path);
  if (from > 0) return sftp.open(path, 'write', PARTIAL_MODE);
  if (await sftp.linkStat(path)) await sftp.remove(path);
  return sftp.open(path, 'create', PARTIAL_MODE);
}
