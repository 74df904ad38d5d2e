const PLACEHOLDER = /\[redacted: [\w-]{1,64}\]/y;

/** What stands in the place of a secret. */
export function placeholder(kind: string): string {
  return `[redacted: ${kind}]`;
}

/** Whether one begins the text and no word goes on behind it: what was redacted once is not counted again. */
export function isPlaceholder(text: string): boolean {
  PLACEHOLDER.lastIndex = 0;
  return PLACEHOLDER.test(text) && !/\w/.test(text.charAt(PLACEHOLDER.lastIndex));
}

/** Whether nothing else is left of a text. */
export function isPlaceholderAlone(text: string): boolean {
  return isPlaceholder(text) && PLACEHOLDER.lastIndex === text.trimEnd().length;
}
