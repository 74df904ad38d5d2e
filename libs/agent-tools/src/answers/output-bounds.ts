/** Most output that is shown. */
export interface OutputBounds {
  /** In characters. */
  readonly length: number;
  /** In bytes of UTF-8; null for as many as the characters have. */
  readonly bytes: number | null;
}

/** A text as it is shown: whole, or its head and its tail. */
export interface Clipped {
  readonly text: string;
  readonly clipped: boolean;
}

/** Most bytes of UTF-8 that one UTF-16 unit of a text can take. */
const BYTES_PER_UNIT = 3;

/** Keeps a text within its bounds: its two ends, and between them a line that counts what is left out. */
export function clip(text: string, bounds: OutputBounds): Clipped {
  return clipWith(text, bounds, () => '');
}

/** @param place says of the head where in the text it ends */
function clipWith(text: string, { length, bytes }: OutputBounds, place: (head: string) => string): Clipped {
  if (text.length <= length && isWithin(text, bytes)) return { text, clipped: false };
  const half = Math.floor(length / 2);
  // A cut through a surrogate pair would leave half a character, which is not valid Unicode.
  const head = headOf(text.slice(0, half).toWellFormed(), bytes);
  const tail = tailOf(text.slice(Math.max(0, text.length - half)).toWellFormed(), bytes);
  const left = text.length - head.length - tail.length;
  return { text: `${head}\n[... ${left} characters left out${place(head)} ...]\n${tail}`, clipped: true };
}

/** What the bounds leave besides a text that is shown too. */
export function besides(text: string, { length, bytes }: OutputBounds): OutputBounds {
  return { length, bytes: bytes === null ? null : Math.max(0, bytes - Buffer.byteLength(text)) };
}

/** Shares the bounds between stdout and stderr: neither starves the other, and what one does not need the other gets. */
export function clipStreams(
  stdout: string,
  stderr: string,
  { length, bytes }: OutputBounds,
): { stdout: Clipped; stderr: Clipped } {
  const beside = (other: string): OutputBounds => ({
    length: Math.max(Math.floor(length / 2), length - other.length),
    bytes: bytes === null ? null : Math.max(Math.floor(bytes / 2), bytes - Buffer.byteLength(other)),
  });
  const clipped = (text: string, other: string): Clipped => clipWith(text, beside(other), fromOffset);
  return { stdout: clipped(stdout, stderr), stderr: clipped(stderr, stdout) };
}

/** As `read_output` counts: in bytes of what the command wrote, of which the head may have had more. */
function fromOffset(head: string): string {
  return `, from offset ${Buffer.byteLength(head)}`;
}

/** Passes output on while it comes, as long as all of it together is within the bound. */
export function untilFull<T extends { readonly chunk: string }>(
  bytes: number,
  onProgress: (progress: T) => void,
): (progress: T) => void {
  let left = bytes;
  return (progress) => {
    left -= Buffer.byteLength(progress.chunk);
    if (left >= 0) onProgress(progress);
  };
}

/** Whether all of the text is within the bound; not counted where it cannot be more. */
export function isWithin(text: string, bytes: number | null): boolean {
  return bytes === null || text.length * BYTES_PER_UNIT <= bytes || Buffer.byteLength(text) <= bytes;
}

function headOf(text: string, bytes: number | null): string {
  if (bytes === null) return text;
  const encoded = Buffer.from(text);
  let end = Math.min(encoded.length, Math.floor(bytes / 2));
  while (isWithinCharacter(encoded, end)) end -= 1;
  return encoded.toString('utf8', 0, end);
}

function tailOf(text: string, bytes: number | null): string {
  if (bytes === null) return text;
  const encoded = Buffer.from(text);
  let start = Math.max(0, encoded.length - Math.floor(bytes / 2));
  while (isWithinCharacter(encoded, start)) start += 1;
  return encoded.toString('utf8', start);
}

/** Bytes of UTF-8 that go on with a character begin with the bits 10. */
function isWithinCharacter(encoded: Uint8Array, at: number): boolean {
  return ((encoded[at] ?? 0) & 0xc0) === 0x80;
}
