/** Longest line, in bytes; what is longer is given as it is cut, and so is no line of an audit. */
const LONGEST_LINE = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * The lines of a stream of UTF-8, with one chunk of it in memory, or one line. They end with a line feed and nothing else: JSON may hold the other
 * signs that some programs take for an end.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes =
      rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      yield bytes.toString('utf8', start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length <= LONGEST_LINE) continue;
    yield rest.toString('utf8');
    rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
