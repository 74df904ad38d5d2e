const FIRST_CAPACITY = 256;
const NOTHING: Buffer = Buffer.alloc(0);

/** Bytes that wait for more. They are copied, since a chunk of one byte may hold 64 KiB of its socket's memory; each only a few times. */
export class HeldBytes {
  #buffer = NOTHING;
  length = 0;

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  add(bytes: Buffer): void {
    const length = this.length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2, FIRST_CAPACITY));
      this.#buffer.copy(grown, 0, 0, this.length);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.length);
    this.length = length;
  }

  /** All that was held, and what has come behind it; nothing is held any more. */
  take(more: Buffer = NOTHING): Buffer {
    const taken = Buffer.concat([this.bytes, more]);
    this.length = 0;
    return taken;
  }
}
