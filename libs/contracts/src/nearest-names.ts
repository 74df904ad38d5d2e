/** Most names compared and answered: an error must not cost more than the call. */
const COMPARED_NAMES = 2_000;
const ANSWERED_NAMES = 3;
const MAX_DISTANCE = 2;

/** Known names that the wanted one may have been meant to be, the most likely first. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
  const lower = wanted.toLowerCase();
  return names
    .slice(0, COMPARED_NAMES)
    .map((name) => ({ name, distance: distance(lower, name.toLowerCase()) }))
    .filter((found) => found.distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, ANSWERED_NAMES)
    .map(({ name }) => name);
}

/** What an error says after what is not known: those that may have been meant, each in quotes. Empty where there are none. */
export function didYouMean(wanted: string, names: readonly string[]): string {
  const meant = meantNames(wanted, names);
  return meant && ` Did you mean ${meant}?`;
}

/** Those that may have been meant, as one text. Empty where there are none. */
export function meantNames(wanted: string, names: readonly string[]): string {
  return nearestNames(wanted, names)
    .map((name) => `"${name}"`)
    .join(' or ');
}

/** A beginning counts as one step; otherwise the edits between them (Levenshtein), as far as they matter. */
function distance(a: string, b: string): number {
  if (a.length > 0 && a !== b && (a.startsWith(b) || b.startsWith(a))) return 1;
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) row = nextRow(row, a.charAt(i), b, i + 1);
  return row[b.length] ?? Infinity;
}

function nextRow(row: readonly number[], char: string, b: string, first: number): number[] {
  const next = [first];
  for (let j = 0; j < b.length; j += 1) {
    const replaced = (row[j] ?? 0) + (char === b[j] ? 0 : 1);
    next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
  }
  return next;
}
