import { isCode, LONGEST_CODE } from './code-number.ts';

/** Between words: they stay in a template as they are. Not what stands within an IP address, a UUID, a time or the name of a host. */
export const BETWEEN_WORDS = ' \\t=,;()\\[\\]{}"\'<>|/';
/** Letters alone that are a hexadecimal id rather than a word: no shorter one is. */
export const SHORTEST_HEX_ID = 8;

export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;

/** What a byte is that is no letter; those of `ENDS_WORD` and above end a word. */
const SIGN = 0;
const DIGIT = 1;
const ENDS_WORD = 2;
const MAY_END_LINE = 3;

const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return MAY_END_LINE;
  if (new RegExp(`[${BETWEEN_WORDS}]`).test(letter)) return ENDS_WORD;
  return /\d/.test(letter) ? DIGIT : SIGN;
});

/** Bytes after a line, which may be read although they do not count. */
export const BYTES_BEHIND = 4;

/** Stands for any variable word. */
const VARIABLE = 0x5bd1e995;

/**
 * Tells of each line a number that lines share which differ in their variable words only: those with a digit, and long ones of hexadecimal digits alone. Over
 * bytes, so that nothing is made for a line, and letters four at a time. Lines of another shape have the same number once in 2^32.
 */
export class LineShapes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #seed: number;
  /** Where the line feed stands that ended the line which was looked at last. */
  end = 0;

  /**
   * @param bytes in which each line that is looked at has a line feed, and `BYTES_BEHIND` after it
   * @param seed differs from run to run: who writes the lines cannot find two shapes of the same number beforehand
   */
  constructor(bytes: Uint8Array, seed: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#seed = seed | 0;
  }

  /** Of the line that starts there. */
  of(start: number): number {
    const bytes = this.#bytes;
    const view = this.#view;
    let shape = this.#seed;
    let at = start;
    for (;;) {
      const begun = at;
      let word = 0;
      let byte = 0;
      let kind = SIGN;
      for (;;) {
        const four = view.getInt32(at, true);
        const others = otherThanLetters(four);
        if (others === 0) {
          word = Math.imul(word ^ four, 0x9e3779b1);
          word ^= word >>> 15;
          at += 4;
          continue;
        }
        const letters = (31 - Math.clz32(others & -others)) >>> 3;
        word = Math.imul(word ^ (four & ~(-1 << (letters << 3))), 0x9e3779b1);
        word ^= word >>> 15;
        at += letters;
        byte = bytes[at] as number;
        kind = KINDS[byte] as number;
        if (kind !== SIGN) break;
        word = Math.imul(word ^ byte, 0x01000193);
        at++;
      }
      if (kind === DIGIT) {
        const digit = at;
        do {
          byte = bytes[++at] as number;
          kind = KINDS[byte] as number;
        } while (kind < ENDS_WORD);
        const isShort = at - begun <= LONGEST_CODE && digit - begun <= 1;
        word = isShort && isCode(bytes, start, begun, at) ? sumOf(bytes, begun, at) : VARIABLE;
      } else if (at - begun >= SHORTEST_HEX_ID && isHexadecimal(bytes, begun, at)) word = VARIABLE;
      shape = Math.imul(shape ^ word, 0x85ebca6b);
      shape ^= shape >>> 13;
      if (kind === MAY_END_LINE) {
        this.end = byte === LINE_FEED ? at : at + 1;
        if (bytes[this.end] === LINE_FEED) return shape;
      }
      shape = Math.imul(shape ^ byte, 0x01000193);
      at++;
    }
  }
}

/** Has a bit in each of four bytes that is not one of `@A-Z` and `` `a-z ``: bits 6 and 7 have to be 01, and the rest less than 27. */
function otherThanLetters(four: number): number {
  return (((four & 0x1f1f1f1f) + 0x05050505) & 0x20202020) | ((four ^ 0x40404040) & 0xc0c0c0c0);
}

function isHexadecimal(bytes: Uint8Array, begun: number, end: number): boolean {
  for (let at = begun; at < end; at++) {
    const letter = (bytes[at] as number) | 0x20;
    if (letter < 0x61 || letter > 0x66) return false;
  }
  return true;
}

function sumOf(bytes: Uint8Array, begun: number, end: number): number {
  let sum = 0;
  for (let at = begun; at < end; at++) sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193);
  return sum;
}
