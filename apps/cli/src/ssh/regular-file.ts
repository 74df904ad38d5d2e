import type { Stats } from 'node:fs';
import { constants, open } from 'node:fs/promises';

export interface RegularFile {
  readonly data: Buffer;
  readonly stats: Stats;
}

/**
 * A file that somebody else may have named. Nothing is waited for: a pipe that nobody writes to would hold a thread of this process for ever, and
 * four of them all of it; a device may have no end. What has been opened is looked at, not what has the name a moment later.
 * @throws Error when it is not there, is no regular file, or is longer than `mostBytes`
 */
export async function readRegularFile(path: string, mostBytes: number): Promise<RegularFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > mostBytes) throw new Error('This is no file of the expected kind and size.');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0);
    return { data: buffer.subarray(0, bytesRead), stats };
  } finally {
    await file.close();
  }
}
