const PLACEHOLDER = /\[redacted: [\w-]{1,64}\]/y;
const PLACEHOLDERS = new RegExp(PLACEHOLDER.source, 'g');
/** What goes on behind one as part of the same word. What is encoded behind it in an address is none. */
const GOES_ON = /(?!%3D)[\w!#$%^*+~=.-][^\s"'`<>&;,|\\@)\]}]*/y;

/** What stands in the place of a secret. */
export function placeholder(kind: string): string {
  return `[redacted: ${kind}]`;
}

/** Whether nothing else is left of a text. */
export function isPlaceholderAlone(text: string): boolean {
  PLACEHOLDER.lastIndex = 0;
  return PLACEHOLDER.test(text) && PLACEHOLDER.lastIndex === text.trimEnd().length;
}

/**
 * Where a secret that was found ends, when a placeholder begins it: undefined when that is all of it, since what was redacted once is not counted again. A server
 * may write one itself, before what is no less a secret.
 */
export function endBehindPlaceholder(line: string, start: number, end: number): number | undefined {
  PLACEHOLDER.lastIndex = start;
  if (!PLACEHOLDER.test(line)) return end;
  const behind = PLACEHOLDER.lastIndex;
  if (/\w/.test(line.slice(behind, end).replaceAll(PLACEHOLDERS, ''))) return end;
  GOES_ON.lastIndex = behind;
  const rest = GOES_ON.exec(line)?.[0] ?? '';
  return /\w/.test(rest) ? behind + rest.length : undefined;
}
