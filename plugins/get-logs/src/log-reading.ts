import { LogReader, type ReadLog } from './templates/log-reader.ts';
import { ThreadReader } from './thread-reader.ts';

const BATCH_BYTES = 256 * 1_024;
/** What a log has to be longer than, in batches, to be worth another thread. */
const SHORT_BATCHES = 4;

/** Reads one log while it comes: a short one here at its end, a long one in another thread. */
export class LogReading {
  /** Full ones, until it is known to be long. */
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  #batch = new Uint8Array(BATCH_BYTES);
  #filled = 0;
  #thread: ThreadReader | undefined;

  /** A promise holds back the log. */
  write(chunk: Uint8Array): void | Promise<void> {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + BATCH_BYTES - this.#filled);
      this.#batch.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === BATCH_BYTES) this.#next();
    }
    return this.#thread?.room();
  }

  async end(): Promise<ReadLog> {
    const reader = this.#thread ?? new LogReader();
    for (const batch of this.#waiting.splice(0)) reader.write(batch);
    reader.write(this.#batch.subarray(0, this.#filled));
    return reader.end();
  }

  /** Has to be called, also where it did not come to the end. */
  close(): void {
    this.#thread?.close();
  }

  #next(): void {
    this.#waiting.push(this.#batch);
    if (this.#waiting.length > SHORT_BATCHES) this.#thread ??= new ThreadReader();
    if (this.#thread) for (const batch of this.#waiting.splice(0)) this.#thread.write(batch);
    this.#batch = new Uint8Array(this.#thread?.free() ?? new ArrayBuffer(BATCH_BYTES));
    this.#filled = 0;
  }
}
