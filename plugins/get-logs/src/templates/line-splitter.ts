import { BYTES_BEHIND, CARRIAGE_RETURN, LINE_FEED, LineShapes } from './line-shape.ts';

/** Takes lines where they lie. Their bytes are good until `settle` is called, and no longer. */
export interface LineSink {
  /** @param shape see LineShapes */
  line(bytes: Uint8Array, start: number, end: number, shape: number): void;
  /** The bytes of all lines so far are about to go. */
  settle(): void;
}

/** Bytes of a line that are looked at. */
export const LINE_BYTES = 4_096;
/** What ssh brings at once is no longer. */
const CHUNK_BYTES = 64 * 1_024;

/** Finds the lines in what comes in chunks, and their shapes. Chunks are copied behind the line that has not ended yet. */
export class LineSplitter {
  readonly #sink: LineSink;
  readonly #bytes = new Uint8Array(LINE_BYTES + CHUNK_BYTES + BYTES_BEHIND);
  readonly #shapes = new LineShapes(this.#bytes, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
  #filled = 0;
  /** The rest of a line that is too long. */
  #isSkipping = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  write(chunk: Uint8Array): void {
    for (let from = this.#skipped(chunk); from < chunk.length;) {
      const part = chunk.subarray(from, from + CHUNK_BYTES);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      this.#split();
      if (this.#isSkipping) from += this.#skipped(chunk.subarray(from));
    }
  }

  /** The last line may have no line end. */
  end(): void {
    if (this.#filled === 0) return;
    this.#bytes[this.#filled++] = LINE_FEED;
    this.#split();
  }

  #skipped(chunk: Uint8Array): number {
    if (!this.#isSkipping) return 0;
    const end = chunk.indexOf(LINE_FEED);
    this.#isSkipping = end === -1;
    return end === -1 ? chunk.length : end + 1;
  }

  #split(): void {
    const [bytes, filled, shapes, sink] = [this.#bytes, this.#filled, this.#shapes, this.#sink];
    // Ends the line that has not ended yet, of which nothing is told then.
    bytes[filled] = LINE_FEED;
    let start = 0;
    for (;;) {
      const shape = shapes.of(start);
      const { end } = shapes;
      if (end >= filled) break;
      const last = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      if (last - start <= LINE_BYTES) sink.line(bytes, start, last, shape);
      else this.#cut(start);
      start = end + 1;
    }
    if (filled - start > LINE_BYTES) {
      this.#isSkipping = true;
      this.#cut(start);
      start = filled;
    }
    sink.settle();
    bytes.copyWithin(0, start, filled);
    this.#filled = filled - start;
  }

  /** A line is the same wherever chunks end, so that what is beyond the bound has no part in its shape. */
  #cut(start: number): void {
    const end = start + LINE_BYTES;
    const behind = this.#bytes[end] as number;
    this.#bytes[end] = LINE_FEED;
    this.#sink.line(this.#bytes, start, end, this.#shapes.of(start));
    this.#bytes[end] = behind;
  }
}
