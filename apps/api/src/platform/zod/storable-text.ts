/**
 * Finds text that PostgreSQL does not keep as it is: NUL, and half of a surrogate pair, which JSON can say and UTF-8 cannot.
 * @returns the path of the first, as far as the names on it can be said; undefined when there is none
 */
export function unstorableText(value: unknown): string[] | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : [];
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    if (!isStorable(name)) return [];
    const path = unstorableText(each);
    if (path) return [name, ...path];
  }
  return undefined;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
