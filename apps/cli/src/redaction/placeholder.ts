const PLACEHOLDER = /\[redacted: [\w-]{1,64}\]/y;

/** What stands in the place of a secret. */
export function placeholder(kind: string): string {
  return `[redacted: ${kind}]`;
}

/** Whether one stands there: what was redacted once is not counted again. */
export function isPlaceholder(text: string, at: number): boolean {
  PLACEHOLDER.lastIndex = at;
  return PLACEHOLDER.test(text);
}

/** Whether nothing else is left of a text. */
export function isPlaceholderAlone(text: string): boolean {
  return isPlaceholder(text, 0) && PLACEHOLDER.lastIndex === text.trimEnd().length;
}
