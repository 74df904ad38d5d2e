import type { Payload } from '@servonaut/contracts';
import type { Clean } from './local-audit.ts';

/** Of a secret that a cut has parted, no more than so many characters stand before the cut. */
const LONGEST_SECRET = 2_048;
const WHITE_SPACE = /\s/;

/**
 * What may be shown of arguments, as JSON. How long it takes is bounded by how much is shown, not by how much was sent: whoever is refused has it done,
 * too. So what could not be shown is cut off before the secrets are taken out, far enough behind for those at the end of what is shown to be whole.
 * @param json of the payload
 * @param maxChars how much is shown; of what is cut off it says how much that is
 */
export function shownArguments(payload: Payload, json: string, clean: Clean, maxChars: number): string {
  const most = maxChars + LONGEST_SECRET;
  if (json.length <= most) return cut(JSON.stringify(clean(payload)), maxChars, 0);
  const start = startOf(payload, most);
  return cut(JSON.stringify(clean(start)), maxChars, json.length - JSON.stringify(start).length);
}

/** The first members, and of the first texts so many characters. In JSON, half a surrogate pair, of which there is no UTF-8, is an escape. */
function startOf(payload: Payload, chars: number): Payload {
  let left = chars;
  const text = (whole: string): string => {
    const some = whole.length <= left ? whole : uncut(whole.slice(0, Math.max(0, left)));
    left -= whole.length + 1;
    return some;
  };
  const value = (whole: unknown): unknown => {
    if (typeof whole === 'string') return text(whole);
    left -= 1;
    if (Array.isArray(whole)) return whole.flatMap((item) => (left > 0 ? [value(item)] : []));
    return typeof whole === 'object' && whole !== null ? members(whole) : whole;
  };
  const members = (whole: object): object =>
    Object.fromEntries(Object.entries(whole).flatMap(([name, item]) => (left > 0 ? [[text(name), value(item)]] : [])));
  return members(payload) as Payload;
}

/** Without the word in which it was cut, which may be a secret that cannot be known by its beginning. */
function uncut(text: string): string {
  let end = text.length;
  while (end > 0 && text.length - end < LONGEST_SECRET && !WHITE_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Not within a surrogate pair. @param gone characters that are cut off already */
function cut(text: string, maxChars: number, gone: number): string {
  if (gone <= 0 && text.length <= maxChars) return text;
  const head = text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, '');
  return `${head}[... ${text.length + gone - head.length} characters more]`;
}
