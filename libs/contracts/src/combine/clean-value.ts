/** Longest text, in characters. */
const TEXT_LENGTH = 1_000;
/** Most fields of an object, and items of an array. */
const PARTS = 64;
/** Deepest nesting. */
const DEPTH = 4;

/** What steers a terminal or hides among letters, but tabs and line feeds. */
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value of a stranger's, bounded in length, breadth and depth, without control characters. */
export function cleanValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value, TEXT_LENGTH);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, PARTS).map((item) => cleanValue(item, depth + 1));
  const fields = Object.entries(value).slice(0, PARTS);
  return Object.fromEntries(fields.map(([name, part]) => [cleanText(name, TEXT_LENGTH), cleanValue(part, depth + 1)]));
}

/** @param length most characters that are left of it */
export function cleanText(text: string, length: number): string {
  const cut = text.length <= length ? text : `${text.slice(0, length - 1)}…`;
  return cut.toWellFormed().replace(CONTROLS, '\uFFFD');
}
