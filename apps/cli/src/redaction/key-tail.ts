const [LINE_FEED, BACKSLASH, LETTER_N] = [0x0a, 0x5c, 0x6e];
/** Least data in a line by which the end of a key may begin, in characters: with words before it, and alone. */
const [LEAST_DATA, LEAST_ALONE] = [40, 16];

const classOf = (part: RegExp): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(part.test(String.fromCharCode(byte))));

/** Base64, in which keys are written. */
const DATA = classOf(/[A-Za-z0-9+/=]/);
/** What may stand behind it in its line. */
const MARKS = classOf(/[\s"',;$]/);

/** Where the data begins and ends that ends a line. */
function dataAtEnd(bytes: Uint8Array, start: number, lineEnd: number): readonly [from: number, to: number] {
  let to = lineEnd;
  for (;;) {
    if (to > start && MARKS[bytes[to - 1] ?? 0] === 1) to--;
    else if (to - 1 > start && bytes[to - 1] === LETTER_N && bytes[to - 2] === BACKSLASH) to -= 2;
    else break;
  }
  let from = to;
  while (from > start && DATA[bytes[from - 1] ?? 0] === 1) from--;
  return [from, to];
}

/** How a line may be part of the end of a key: by itself, as one more of several, or not. */
function partOfKey(bytes: Uint8Array, start: number, end: number): 'first' | 'more' | undefined {
  const [from, to] = dataAtEnd(bytes, start, end);
  if (to - from >= LEAST_DATA) return 'first';
  for (let at = start; at < from; at++)
    if (DATA[bytes[at] ?? 0] === 1) return isLastOfBody(bytes.subarray(from, to)) ? 'more' : undefined;
  return to - from >= LEAST_ALONE ? 'first' : 'more';
}

/** Short, but no word: base64 comes in fours. */
function isLastOfBody(data: Uint8Array): boolean {
  return data.length > 0 && data.length % 4 === 0 && data.some((byte) => byte < 0x61);
}

/**
 * Where the lines begin at the end of some bytes that may be the body of a private key whose first line was not seen: the length of the bytes if there are none.
 * @param bytes lines, the last with its end or the first half of it
 * @param isBehind whether such lines stand before these
 */
export function keyTailStart(bytes: Buffer, isBehind: boolean): number {
  let first = bytes.length;
  for (let end = bytes.length; end > 0;) {
    const start = end > 1 ? bytes.lastIndexOf(LINE_FEED, end - 2) + 1 : 0;
    const part = partOfKey(bytes, start, end);
    if (!part) return first;
    if (part === 'first') first = start;
    end = start;
  }
  return isBehind ? 0 : first;
}

/** Where the data begins that stands before a mark in its line: the place of the mark if it is none. */
export function dataBefore(line: string, mark: number): number {
  let start = mark;
  while (start > 0 && /[A-Za-z0-9+/=\\ ]/.test(line[start - 1] ?? '')) start--;
  return /[A-Za-z0-9+/=]{16}/.test(line.slice(start, mark)) ? start : mark;
}
