/** Takes lines where they lie. Their bytes are good until `settle` is called, and no longer. */
export interface LineSink {
  line(bytes: Uint8Array, start: number, end: number): void;
  /** The bytes of all lines so far are about to go. */
  settle(): void;
}

/** Bytes of a line that are looked at. */
export const LINE_BYTES = 4_096;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Finds the lines in what comes in chunks. No line is copied, but one that two chunks have a part of. */
export class LineSplitter {
  readonly #sink: LineSink;
  readonly #carry = new Uint8Array(LINE_BYTES);
  #carried = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  write(chunk: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      if (this.#carried > 0) {
        this.#keep(chunk.subarray(start, end));
        this.end();
      } else this.#line(chunk, start, Math.min(end, start + LINE_BYTES));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    this.#sink.settle();
  }

  /** The last line may have no line end. */
  end(): void {
    if (this.#carried === 0) return;
    this.#line(this.#carry, 0, this.#carried);
    this.#carried = 0;
    this.#sink.settle();
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const last = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    this.#sink.line(bytes, start, last);
  }

  #keep(part: Uint8Array): void {
    const kept = part.subarray(0, LINE_BYTES - this.#carried);
    this.#carry.set(kept, this.#carried);
    this.#carried += kept.length;
  }
}
