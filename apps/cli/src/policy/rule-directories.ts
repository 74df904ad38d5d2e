import { fitsServerPattern } from '@servonaut/contracts';

/** The folders on the way to a folder, by their names. */
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * The folders on the way, or undefined for a folder that is not known: one that depends on where a login begins, or goes back up, which a symbolic link
 * may lead anywhere.
 */
function knownParts(directory: string | undefined): string[] | undefined {
  if (directory === undefined || !directory.startsWith('/')) return undefined;
  const parts = partsOf(directory);
  return parts.includes('..') ? undefined : parts;
}

/** `**` stands for any number of folders, also none; `*` for any characters of one name. Its time is bounded by the product of the two lengths. */
function fitsParts(pattern: readonly string[], parts: readonly string[]): boolean {
  let [at, retryPattern, retryPart] = [0, -1, 0];
  for (let position = 0; position < parts.length;) {
    if (pattern[at] === '**') {
      retryPattern = at++;
      retryPart = position;
    } else if (at < pattern.length && fitsServerPattern(pattern[at] ?? '', parts[position] ?? '')) {
      at++;
      position++;
    } else if (retryPattern >= 0) {
      at = retryPattern + 1;
      position = ++retryPart;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((part) => part === '**');
}

/** Whether a folder is one of those; `unknown` when nobody can say where that is. */
export function directoryFits(patterns: readonly string[], directory: string | undefined): boolean | 'unknown' {
  const parts = knownParts(directory);
  return parts ? patterns.some((pattern) => fitsParts(partsOf(pattern), parts)) : 'unknown';
}
