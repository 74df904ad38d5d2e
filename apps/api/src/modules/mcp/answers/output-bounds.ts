/** A text as it is shown: whole, or its head and its tail. */
export interface Clipped {
  readonly text: string;
  readonly clipped: boolean;
}

/** Keeps a text within `limit` characters: its two ends, and between them a line that counts what is left out. */
export function clip(text: string, limit: number): Clipped {
  if (text.length <= limit) return { text, clipped: false };
  const half = Math.floor(limit / 2);
  // A cut through a surrogate pair would leave half a character, which is not valid Unicode.
  const head = text.slice(0, half).toWellFormed();
  const tail = text.slice(text.length - half).toWellFormed();
  return { text: `${head}\n[... ${text.length - 2 * half} characters left out ...]\n${tail}`, clipped: true };
}

/** Shares `limit` characters between stdout and stderr: neither starves the other, and what one does not need the other gets. */
export function clipStreams(stdout: string, stderr: string, limit: number): { stdout: Clipped; stderr: Clipped } {
  const forStderr = Math.max(Math.floor(limit / 2), limit - stdout.length);
  const forStdout = Math.max(Math.floor(limit / 2), limit - stderr.length);
  return { stdout: clip(stdout, forStdout), stderr: clip(stderr, forStderr) };
}
