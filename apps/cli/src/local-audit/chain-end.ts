import { readFileSync } from 'node:fs';
import { NO_RECORD } from '@servonaut/contracts';
import { allFiles, currentFile } from './audit-files.ts';
import { readEntry, type ChainLink } from './audit-entry.ts';

const LINE_FEED = 0x0a;

/** Where the chain goes on. */
export interface ChainEnd extends ChainLink {
  /** Bytes after the last entry that are none. */
  readonly tornBytes: number;
  /** The last line of the file has its end. */
  readonly endsInFeed: boolean;
}

/** Before the first entry. */
const NOTHING: ChainEnd = { seq: 0, hash: NO_RECORD, tornBytes: 0, endsInFeed: true };

/** The last whole entry of an audit, and what stands after it in the current file. @throws Error of the file system */
export function readChainEnd(folder: string): ChainEnd {
  const current = currentFile(folder);
  const bytes = contentOf(current);
  const last = lastEntry(bytes);
  const found = last ?? lastOf(allFiles(folder).filter((path) => path !== current)) ?? NOTHING;
  const { seq, hash } = found;
  const tornBytes = bytes.length - (last?.end ?? 0);
  return { seq, hash, tornBytes, endsInFeed: bytes.length === 0 || bytes.at(-1) === LINE_FEED };
}

/** @returns the last entry in the file, if there is one */
export function lastEntryOf(path: string): ChainLink | undefined {
  return lastEntry(contentOf(path));
}

function lastOf(paths: readonly string[]): ChainLink | undefined {
  for (const path of paths.toReversed()) {
    const last = lastEntry(contentOf(path));
    if (last) return last;
  }
  return undefined;
}

function lastEntry(bytes: Buffer): (ChainLink & { readonly end: number }) | undefined {
  for (let end = bytes.length; end > 0;) {
    const hasFeed = bytes[end - 1] === LINE_FEED;
    const textEnd = hasFeed ? end - 1 : end;
    const start = textEnd === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, textEnd - 1) + 1;
    const entry = textEnd > start ? readEntry(bytes.toString('utf8', start, textEnd)) : undefined;
    if (entry) return { seq: entry.record.seq, hash: entry.hash, end };
    end = start;
  }
  return undefined;
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
