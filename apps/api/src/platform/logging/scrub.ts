/** Our tokens, JSON Web Tokens, links of invitations, passwords in URLs and values of queries, as they look anywhere in a line. Each pattern runs in linear time. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bsvn_([0-9a-f]{16})_[\w-]{43}/g, 'svn_$1_[redacted]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[redacted JWT]'],
  [/\/invitation\/[^\s"/?]+/g, '/invitation/[redacted]'],
  [/\bFailed query: (?:[^"\\]|\\.)*/g, 'Failed query: [redacted]'],
  [/:\/\/([^\s:/@"]{0,256}):[^\s/@"]{1,256}@/g, '://$1:[redacted]@'],
];

/** The last line of defence: whatever path a secret took into a log line, it does not leave with it. */
export function scrub(line: string): string {
  return SECRETS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
