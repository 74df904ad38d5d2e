/** What goes before the status of a request, the exit code of a process, the number of an error or a signal. */
const NAMES = ['status', 'code', 'exit', 'errno', 'signal'];
/** Between a name and its number. */
const LINKS = ' =:"\'';
const MOST_LINKS = 3;
const LONGEST = 3;

const NAMED = new RegExp(`(?:${NAMES.join('|')})[${LINKS}]{1,${MOST_LINKS}}$`, 'i');
const NAMED_CODE = new RegExp(`^[:-]?\\d{1,${LONGEST}}[.:]?$`);
/** As Apache and nginx write it after the request. */
const HTTP_STATUS = /^[1-5]\d\d$/;
const LOOK_BACK = MOST_LINKS + Math.max(...NAMES.map(({ length }) => length));

/** Whether a word with a digit tells how something ended. It stays in the template then: the few 500 among the 200 are what is looked for. */
export function isCodeWord(line: string, at: number, word: string): boolean {
  const before = line.slice(Math.max(0, at - LOOK_BACK), at);
  return (
    (HTTP_STATUS.test(word) && before.endsWith('" ')) ||
    (NAMED_CODE.test(word) && NAMED.test(word.startsWith(':') ? `${before}:` : before))
  );
}

/** The longest word that can be a code, as `-255.` */
export const LONGEST_CODE = LONGEST + 2;

const QUOTE = 0x22;
const SPACE = 0x20;
const COLON = 0x3a;
const DASH = 0x2d;
const DOT = 0x2e;
const SMALL = 0x20;
const NAME_BYTES = NAMES.map((name) => Buffer.from(name));
const IS_LINK = flags(LINKS);
const ENDS_NAME = flags(NAMES.map((name) => name.slice(-1) + name.slice(-1).toUpperCase()).join(''));

/** The same of bytes, of the word from `begun` to `end` in a line that begins at `start`. */
export function isCode(bytes: Uint8Array, start: number, begun: number, end: number): boolean {
  if (isHttpStatus(bytes, start, begun, end)) return true;
  const first = bytes[begun];
  // A colon that begins the word stands between name and number.
  const linked = first === COLON ? begun : begun - 1;
  let at = linked;
  while (at > start && linked - at < MOST_LINKS && IS_LINK[bytes[at] as number] === 1) at--;
  if (at === linked || ENDS_NAME[bytes[at] as number] !== 1 || !isNamed(bytes, start, at)) return false;
  const number = first === COLON || first === DASH ? begun + 1 : begun;
  let behind = number;
  while (isDigit(bytes[behind])) behind++;
  if (behind === number || behind - number > LONGEST) return false;
  return behind === end || (behind + 1 === end && (bytes[behind] === DOT || bytes[behind] === COLON));
}

function isHttpStatus(bytes: Uint8Array, start: number, begun: number, end: number): boolean {
  if (bytes[begun - 2] !== QUOTE || bytes[begun - 1] !== SPACE || begun - start < 2 || end - begun !== 3) return false;
  const first = bytes[begun] as number;
  return first >= 0x31 && first <= 0x35 && isDigit(bytes[begun + 1]) && isDigit(bytes[begun + 2]);
}

/** Whether one of the names ends there, in capitals or not. */
function isNamed(bytes: Uint8Array, start: number, last: number): boolean {
  for (const name of NAME_BYTES) {
    const from = last - name.length + 1;
    let same = 0;
    while (same < name.length && from >= start && name[same] === ((bytes[from + same] as number) | SMALL)) same++;
    if (same === name.length) return true;
  }
  return false;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function flags(letters: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(letters.includes(String.fromCharCode(byte))));
}
