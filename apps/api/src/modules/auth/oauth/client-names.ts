/** Letters of our name, each with what looks like it in small or in capitals: digits, small capitals, Cyrillic, Greek and Armenian. */
const OUR_NAME = ['s5$ꜱѕς', 'e3ᴇеєε', 'rʀᴦгяɾ', 'vᴠѵνʋ', 'o0ᴏоοσօ', 'nɴпинνηո', 'a4@ᴀɑаα', 'uᴜциυսʋ', 't7ᴛтτ'];
const LOOKS_LIKE_OURS = new RegExp(OUR_NAME.map((letters) => `[${letters}]`).join(''), 'u');

/** What its user calls us, as Claude Code adds it to its own name: `Claude Code (servonaut)`. A word of plain letters, so that it says nothing else. */
const NAME_FOR_US = / \([\w:.-]+\)$/;
const MARKS = /\p{M}/gu;
const WORDS = /[\p{L}\p{N}]+/gu;
const BETWEEN_LETTERS = /[^\p{L}\p{N}$@]/gu;
const LATIN = /\p{Script=Latin}/u;
/** Letters of any other alphabet; Chinese, Japanese and Korean stand beside Latin ones, without a space, and look like none. */
const OF_ANOTHER_ALPHABET =
  /(?![\p{Script=Latin}\p{Script=Common}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}])\p{L}/u;

/**
 * Whether people would take a name for Servonaut's own: it holds our name however it is written, spaced or spelled with letters that look like ours, and
 * not as what its user calls us. People let in what they have installed without reading further.
 */
export function looksLikeOurs(name: string): boolean {
  return LOOKS_LIKE_OURS.test(plain(name.replace(NAME_FOR_US, '')).toLowerCase().replace(BETWEEN_LETTERS, ''));
}

/** Whether a word of it has Latin letters and those of another alphabet: no language does, and with them it can look like any other one. */
export function mixesAlphabets(name: string): boolean {
  const words = plain(name).match(WORDS) ?? [];
  return words.some((word) => LATIN.test(word) && OF_ANOTHER_ALPHABET.test(word));
}

/** Wide, styled and ligated letters as plain ones (Unicode NFKD), without their marks. */
function plain(name: string): string {
  return name.normalize('NFKD').replace(MARKS, '');
}
