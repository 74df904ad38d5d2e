import { crc32 } from 'node:zlib';

const LINE_FEED = 0x0a;
const DIGITS = 8;
/** Line feed, checksum, space. */
const HEAD = 1 + DIGITS + 1;

const checksum = (json: Uint8Array): string => crc32(json).toString(16).padStart(DIGITS, '0');

/**
 * A record as it is written: CRC-32 of the JSON in hexadecimal, space, JSON, between two line feeds. The one before it parts it from a record that
 * was cut off, the one after it from the zeros that a power cut may leave. The checksum tells a digit that has changed within an id from the id of
 * another request.
 */
export function journalLine(json: string): Buffer {
  const line = Buffer.from(`\n${'0'.repeat(DIGITS)} ${json}\n`);
  line.write(checksum(line.subarray(HEAD, -1)), 1, 'latin1');
  return line;
}

/** The JSON of every line: undefined for one that is not as it was written, be it cut off or damaged. */
export function* readLines(bytes: Buffer): Generator<string | undefined> {
  for (let from = 0; from < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const end = feed === -1 ? bytes.length : feed;
    if (end > from) yield jsonOf(bytes.subarray(from, end));
    from = end + 1;
  }
}

function jsonOf(line: Buffer): string | undefined {
  const json = line.subarray(HEAD - 1);
  return line.toString('latin1', 0, HEAD - 1) === `${checksum(json)} ` ? json.toString('utf8') : undefined;
}
