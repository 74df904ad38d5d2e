import { closeSync, createReadStream, fstatSync, openSync, statSync } from 'node:fs';
import { currentFile, fullFiles, numberedFile } from '../../local-audit/audit-files.ts';
import { textLines } from '../audit/text-lines.ts';

/**
 * All lines of an audit as it is now, though executors go on with it, perhaps in other files: a full file is not written any more, and the one that is the
 * current one now is open before the first is read.
 * @throws Error of the file system, also when a full file was removed before it was its turn: the oldest go first, and are read first
 */
export async function* chainLines(folder: string): AsyncGenerator<string, void> {
  const { full, current } = filesNow(folder);
  try {
    for (const path of full) yield* textLines(createReadStream(path));
    if (current !== undefined) yield* textLines(createReadStream('', { fd: current, autoClose: false }));
  } finally {
    if (current !== undefined) closeSync(current);
  }
}

interface ChainFiles {
  readonly full: readonly string[];
  /** Undefined where there is none. */
  readonly current: number | undefined;
}

function filesNow(folder: string): ChainFiles {
  const path = currentFile(folder);
  for (;;) {
    const current = openThere(path);
    const full = fullFiles(folder).map((number) => numberedFile(folder, number));
    const inode = current === undefined ? undefined : fstatSync(current).ino;
    // Otherwise it may be among the full ones, too.
    if (inode === statSync(path, { throwIfNoEntry: false })?.ino) return { full, current };
    if (current !== undefined) closeSync(current);
  }
}

function openThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
