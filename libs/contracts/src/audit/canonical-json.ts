/**
 * JSON in the one form of RFC 8785: members sorted by the UTF-16 code units of their names, nothing between tokens, strings and numbers as
 * ECMAScript writes them. Members that are undefined are left out, as `JSON.stringify` leaves them out.
 * @throws TypeError for what JSON has no form for: numbers that are not finite, strings with half a surrogate pair, functions, big integers.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return finite(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object') return canonicalObject(value as Readonly<Record<string, unknown>>);
  throw new TypeError(`no canonical form for a ${typeof value}`);
}

function canonicalObject(object: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  return `{${names
    .toSorted(byCodeUnits)
    .map((name) => `${quoted(name)}:${canonicalJson(object[name])}`)
    .join(',')}}`;
}

function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Half a pair has no UTF-8 (RFC 8785 section 3.2.2.2), so two such texts could have the same bytes. */
function quoted(text: string): string {
  if (text.isWellFormed()) return JSON.stringify(text);
  throw new TypeError('no canonical form for half a surrogate pair');
}

function finite(number: number): string {
  if (Number.isFinite(number)) return JSON.stringify(number);
  throw new TypeError(`no canonical form for ${number}`);
}
