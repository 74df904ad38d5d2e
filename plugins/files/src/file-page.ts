import type { FileWindow } from './file-window.ts';

const LINE_FEED = 0x0a;

/** Whole lines, as far as one fits. */
export interface Page {
  readonly bytes: Buffer;
  /** The line after them; null when there is none. */
  readonly nextLine: number | null;
  /** Whether it is one line, and not all of that. */
  readonly isLineCut: boolean;
}

/** The first `most` lines of a window that begins with the line `fromLine`, or as many as are in it. */
export function pageOf({ bytes, isCut }: FileWindow, fromLine: number, most: number): Page {
  const [end, count] = endOfLines(bytes, most);
  if (count < most && !isCut) return { bytes, nextLine: null, isLineCut: false };
  if (count === 0) return { bytes, nextLine: fromLine + 1, isLineCut: true };
  const hasMore = isCut || end < bytes.length;
  return { bytes: bytes.subarray(0, end), nextLine: hasMore ? fromLine + count : null, isLineCut: false };
}

/** Where at most so many lines end, and how many they are. */
function endOfLines(bytes: Buffer, most: number): [end: number, count: number] {
  let [end, count] = [0, 0];
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && count < most; at = bytes.indexOf(LINE_FEED, end)) {
    end = at + 1;
    count++;
  }
  return [end, count];
}
