/**
 * Whether `text` matches a pattern of `*` (any run of characters) and `?` (one character), as in ssh_config(5). Not a regular expression:
 * the time is bounded by the product of the two lengths, whatever the pattern.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let retryPattern = -1;
  let retryText = 0;
  for (let position = 0; position < text.length;) {
    if (pattern[at] === '*') {
      retryPattern = at++;
      retryText = position;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at++;
      position++;
    } else if (retryPattern >= 0) {
      at = retryPattern + 1;
      position = ++retryText;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
