import { isMostlyInvalid, plainText, wholeEnd, wholeStart } from '@servonaut/plugin-sdk/plain-output';
import type { ReadPart, Shown, StreamPart } from './kept-stream.ts';

const LINE_FEED = 0x0a;

export interface PageChoice {
  /** The first byte. */
  readonly offset: number;
  /** Most bytes. */
  readonly length: number;
  readonly raw: boolean;
}

export interface TailChoice extends Pick<PageChoice, 'length' | 'raw'> {
  readonly lines: number;
}

/** From `offset` on, to the end of a line where one ends on the page. */
export async function readPage(read: ReadPart, { offset, length, raw }: PageChoice): Promise<Shown> {
  const part = await read(offset, length);
  const start = offset === 0 ? 0 : wholeStart(part.bytes);
  const isLast = offset + part.bytes.length >= part.keptBytes;
  const end = isLast ? part.bytes.length : lastBreak(part.bytes, start);
  return shown(part, { offset, start, end, raw });
}

/** The last lines, those that fit. */
export async function readTail(read: ReadPart, { lines, length, raw }: TailChoice): Promise<Shown> {
  const { keptBytes } = await read(0, 0);
  const offset = Math.max(0, keptBytes - length);
  const part = await read(offset, length);
  return shown(part, { offset, start: startOfLast(part.bytes, lines, offset), end: part.bytes.length, raw });
}

/** Behind the last line that ends in these bytes, otherwise behind the last whole character. */
function lastBreak(bytes: Buffer, start: number): number {
  const lineEnd = bytes.lastIndexOf(LINE_FEED) + 1;
  if (lineEnd > start) return lineEnd;
  const whole = wholeEnd(bytes);
  return whole > start ? whole : bytes.length;
}

/** Where the last lines begin; without so many, where the first whole line does, or character. */
function startOfLast(bytes: Buffer, lines: number, offset: number): number {
  // The line feed at the very end begins no line.
  let at = bytes.length - 1;
  for (let left = lines; left > 0 && at > 0; left--) {
    const before = bytes.lastIndexOf(LINE_FEED, at - 1);
    if (before < 0) break;
    if (left === 1) return before + 1;
    at = before;
  }
  if (offset === 0) return 0;
  const firstLine = bytes.indexOf(LINE_FEED) + 1;
  return firstLine > 0 && firstLine < bytes.length ? firstLine : wholeStart(bytes);
}

function shown(
  { bytes, keptBytes, writtenBytes }: StreamPart,
  { offset, start, end, raw }: { offset: number; start: number; end: number; raw: boolean },
): Shown {
  const page = bytes.subarray(start, end);
  const text = raw ? page.toString('utf8') : plainText(page);
  const binary = page.includes(0) || isMostlyInvalid(text);
  const next = offset + end;
  return {
    text: binary ? '' : text,
    binary,
    offset: offset + start,
    nextOffset: next < keptBytes ? next : null,
    keptBytes,
    writtenBytes,
  };
}
