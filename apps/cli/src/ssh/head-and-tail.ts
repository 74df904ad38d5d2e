import { wholeEnd, wholeStart } from '@servonaut/plugin-sdk/plain-output';

const FIRST_CAPACITY = 1_024;
/** Room for the line that says what was left out, with counts of 15 digits. */
const NOTICE_LENGTH = 80;

/**
 * Keeps the head and the tail of one output stream in one buffer that grows to the bound and no further: the head stays, the rest is a ring.
 * Bytes are copied, since a chunk of one byte may hold 64 KiB of its socket's memory.
 */
export class HeadAndTail {
  readonly #limit: number;
  readonly #head: number;
  #buffer = Buffer.alloc(0);
  #total = 0;

  /** @param limit most characters of the text; bytes are counted, and no character has fewer than one */
  constructor(limit: number) {
    this.#limit = limit - NOTICE_LENGTH;
    this.#head = this.#limit >> 1;
  }

  get isCut(): boolean {
    return this.#total > this.#limit;
  }

  write(chunk: Buffer): void {
    this.#reserve(Math.min(this.#limit, this.#total + chunk.length));
    const direct = Math.max(0, Math.min(chunk.length, this.#limit - this.#total));
    chunk.copy(this.#buffer, this.#total, 0, direct);
    this.#total += direct;
    if (direct < chunk.length) this.#writeRing(chunk.subarray(direct));
  }

  /** The whole, or head and tail with a line between them that says how much was left out, and from which byte on. */
  text(): string {
    return this.isCut ? this.#headAndTail() : this.#buffer.toString('utf8', 0, this.#total);
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.length) return;
    const capacity = Math.min(this.#limit, Math.max(size, this.#buffer.length * 2, FIRST_CAPACITY));
    const grown = Buffer.allocUnsafe(capacity);
    this.#buffer.copy(grown);
    this.#buffer = grown;
  }

  /** Only the last ring's length of a chunk can survive it. */
  #writeRing(chunk: Buffer): void {
    const ring = this.#buffer.subarray(this.#head);
    const kept = chunk.subarray(Math.max(0, chunk.length - ring.length));
    let at = (this.#total + chunk.length - kept.length - this.#head) % ring.length;
    for (let from = 0; from < kept.length;) {
      const copied = kept.copy(ring, at, from);
      from += copied;
      at = (at + copied) % ring.length;
    }
    this.#total += chunk.length;
  }

  #headAndTail(): string {
    const head = this.#buffer.subarray(0, this.#head);
    const ring = this.#buffer.subarray(this.#head);
    const oldest = (this.#total - this.#head) % ring.length;
    const tail = Buffer.concat([ring.subarray(oldest), ring.subarray(0, oldest)]);
    const shownHead = head.subarray(0, wholeEnd(head));
    const shownTail = tail.subarray(wholeStart(tail));
    const left = this.#total - shownHead.length - shownTail.length;
    const notice = `[... ${left} bytes left out, from offset ${shownHead.length} ...]`;
    return `${shownHead.toString('utf8')}\n${notice}\n${shownTail.toString('utf8')}`;
  }
}
