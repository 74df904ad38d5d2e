/** Most that is kept of lines that are chosen here. */
const MOST_BYTES = 256 * 1_024;

/** The last lines of many. */
export class KeptLines {
  readonly #most: number;
  readonly #lines: Uint8Array[] = [];
  #first = 0;
  #bytes = 0;

  /** @param most lines that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** One line, with its end; of one that is very long it is a part. Its bytes are copied. */
  add(line: Uint8Array): void {
    this.#lines.push(line.slice());
    this.#bytes += line.length;
    while (this.#lines.length - this.#first > this.#most || this.#bytes > MOST_BYTES)
      this.#bytes -= this.#lines[this.#first++]?.length ?? 0;
    if (this.#first > this.#most) this.#first -= this.#lines.splice(0, this.#first).length;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#lines.slice(this.#first));
  }
}
