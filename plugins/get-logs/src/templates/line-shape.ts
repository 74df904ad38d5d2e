/** Between words: they stay in a template as they are. Not what stands within an IP address, a UUID, a time or the name of a host. */
export const BETWEEN_WORDS = ' \\t=,;()\\[\\]{}"\'<>|/';
/** Letters alone that are a hexadecimal id rather than a word: no shorter one is. */
export const SHORTEST_HEX_ID = 8;

const ENDS_WORD = 1;
const DIGIT = 2;
const NO_HEX = 4;

const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  if (new RegExp(`[${BETWEEN_WORDS}]`).test(letter)) return ENDS_WORD;
  if (/\d/.test(letter)) return DIGIT;
  return /[a-f]/i.test(letter) ? 0 : NO_HEX;
});

/** Stands for any variable word. */
const VARIABLE = 0x5bd1e995;

/**
 * A number that lines share which differ in their variable words only: those with a digit, and long ones of hexadecimal digits alone. Over bytes, so that
 * nothing is made for a line. Lines of another shape have the same number once in 2^32.
 * @param seed differs from run to run: who writes the lines cannot find two shapes of the same number beforehand
 */
export function lineShape(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let shape = seed | 0;
  let at = start;
  while (at < end) {
    const begun = at;
    let word = 0;
    let seen = 0;
    let byte = 0;
    for (; at < end; at++) {
      byte = bytes[at] as number;
      const kind = KINDS[byte] as number;
      if (kind === ENDS_WORD) break;
      seen |= kind;
      if (kind === DIGIT) break;
      word = Math.imul(word ^ byte, 0x01000193);
    }
    if ((seen & DIGIT) !== 0) {
      while (++at < end && KINDS[(byte = bytes[at] as number)] !== ENDS_WORD);
      word = VARIABLE;
    } else if (seen === 0 && at - begun >= SHORTEST_HEX_ID) word = VARIABLE;
    shape = Math.imul(shape ^ word, 0x85ebca6b);
    shape ^= shape >>> 13;
    if (at < end) shape = Math.imul(shape ^ byte, 0x01000193);
    at++;
  }
  return shape;
}
