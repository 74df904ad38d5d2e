import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { NO_RECORD } from '@servonaut/contracts';
import { allFiles, currentFile } from './audit-files.ts';
import { readEntry, type ChainLink, type LocalEntry } from './audit-entry.ts';

const LINE_FEED = 0x0a;
/** What is read of a file at first, in bytes; four times as much each time that there is no entry in it. */
const TAIL_BYTES = 65_536;

/** Where the chain goes on. */
export interface ChainEnd extends ChainLink {
  /** Bytes after the last entry that are none. */
  readonly tornBytes: number;
  /** The last line of the file has its end. */
  readonly endsInFeed: boolean;
}

interface LastEntry extends ChainLink {
  readonly at: string;
}

/** How a file ends. */
interface FileEnd extends Pick<ChainEnd, 'tornBytes' | 'endsInFeed'> {
  /** Undefined where there is none. */
  readonly last: LastEntry | undefined;
}

const BEFORE_THE_FIRST: ChainLink = { seq: 0, hash: NO_RECORD };
const NO_FILE: FileEnd = { last: undefined, tornBytes: 0, endsInFeed: true };

/**
 * The last whole entry of an audit, and what stands after it in the current file. Read under the lock, whenever another process has written last:
 * so from the end, and no more than it takes.
 * @throws Error of the file system
 */
export function readChainEnd(folder: string): ChainEnd {
  const current = currentFile(folder);
  const { last, tornBytes, endsInFeed } = fileEnd(current);
  const { seq, hash } = last ?? lastOf(allFiles(folder).filter((path) => path !== current)) ?? BEFORE_THE_FIRST;
  return { seq, hash, tornBytes, endsInFeed };
}

/** @returns the last entry in the file, if there is one */
export function lastEntryOf(path: string): LastEntry | undefined {
  return fileEnd(path).last;
}

function lastOf(paths: readonly string[]): ChainLink | undefined {
  for (const path of paths.toReversed()) {
    const last = lastEntryOf(path);
    if (last) return last;
  }
  return undefined;
}

function fileEnd(path: string): FileEnd {
  const file = openThere(path);
  if (file === undefined) return NO_FILE;
  try {
    const { size } = fstatSync(file);
    for (let length = TAIL_BYTES; ; length *= 4) {
      const end = tailEnd(tailOf(file, size, Math.min(length, size)));
      if (end.last || length >= size) return end;
    }
  } finally {
    closeSync(file);
  }
}

/** @param bytes of the end of a file; the line that they begin in may be cut, and is no entry then */
function tailEnd(bytes: Buffer): FileEnd {
  const endsInFeed = bytes.length === 0 || bytes.at(-1) === LINE_FEED;
  for (let end = bytes.length; end > 0;) {
    const hasFeed = bytes[end - 1] === LINE_FEED;
    const textEnd = hasFeed ? end - 1 : end;
    const start = textEnd === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, textEnd - 1) + 1;
    const entry = textEnd > start ? readEntry(bytes.toString('utf8', start, textEnd)) : undefined;
    if (entry) return { last: lastOfEntry(entry), tornBytes: bytes.length - end, endsInFeed };
    end = start;
  }
  return { last: undefined, tornBytes: bytes.length, endsInFeed };
}

function lastOfEntry({ hash, record: { seq, at } }: LocalEntry): LastEntry {
  return { seq, hash, at };
}

function tailOf(file: number, size: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const read = readSync(file, bytes, 0, length, size - length);
  if (read < length) throw new Error('it became shorter while it was read');
  return bytes;
}

function openThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
