import { ControlSequences } from './control-sequences.ts';
import { isOverwritten, OverwrittenLines } from './overwritten-lines.ts';

/**
 * What a terminal would show in the end of a whole output or of whole lines of it: no escape sequences, no control characters but tab and line feed, of
 * a progress bar its last state. Line feeds stay as many as they were.
 * @returns `bytes` itself when nothing was to be taken out
 */
export function plainBytes(bytes: Buffer): Buffer {
  const controls = new ControlSequences();
  const left = controls.write(bytes);
  if (left === bytes && !isOverwritten(bytes)) return bytes;
  const lines = new OverwrittenLines();
  const shown: Buffer[] = [];
  for (const part of [left, controls.end()]) lines.write(part, (passed) => shown.push(passed));
  return Buffer.concat([...shown, lines.end()]);
}

/** The same, decoded. Bytes that are not UTF-8 become U+FFFD. */
export function plainText(bytes: Uint8Array): string {
  return plainBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('utf8');
}
