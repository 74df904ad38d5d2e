const [BACKSPACE, LINE_FEED, CARRIAGE_RETURN] = [0x08, 0x0a, 0x0d];
/** Longest line, in bytes, that a carriage return can take back: no terminal is that wide. */
const LONGEST_HELD = 4_096;

const NOTHING = Buffer.alloc(0);

/**
 * Leaves of a line that was written over, as a progress bar is, what a terminal would show in the end: what comes after a carriage return takes the place
 * of what stood before it, and a backspace takes one character back. The line that is being written is held back, up to a bound in bytes; of a longer
 * one nothing is taken back, and a carriage return in it becomes a space.
 */
export class OverwrittenLines {
  #held: Buffer = NOTHING;
  /** Part of the line has been passed on. */
  #isLong = false;
  /** The last byte was a carriage return. */
  #returned = false;

  /** @param pass takes what can no longer be written over, in order */
  write(chunk: Buffer, pass: (bytes: Buffer) => void): void {
    if (this.#returned || isOverwritten(chunk)) this.#edit(chunk, pass);
    else this.#append(chunk, pass);
  }

  /** The last line, when nothing ended it. */
  end(): Buffer {
    const held = this.#held;
    this.#held = NOTHING;
    this.#isLong = this.#returned = false;
    return held;
  }

  #append(chunk: Buffer, pass: (bytes: Buffer) => void): void {
    const lineStart = chunk.lastIndexOf(LINE_FEED) + 1;
    const rest = chunk.subarray(lineStart);
    const wasLong = this.#isLong && lineStart === 0;
    const open = lineStart === 0 ? this.#held.length + rest.length : rest.length;
    this.#isLong = wasLong || open > LONGEST_HELD;
    // What is held is copied: a chunk of one byte may hold 64 KiB of its socket's memory.
    if (lineStart === 0 && !this.#isLong) this.#held = Buffer.concat([this.#held, rest]);
    else {
      pass(this.#held);
      pass(this.#isLong ? chunk : chunk.subarray(0, lineStart));
      this.#held = this.#isLong ? NOTHING : Buffer.from(rest);
    }
  }

  #edit(chunk: Buffer, pass: (bytes: Buffer) => void): void {
    const line = new EditedLine(this.#held, chunk.length, this.#isLong, this.#returned);
    for (const byte of chunk) line.put(byte);
    const { ended, held } = line.split();
    this.#held = held;
    this.#isLong = line.isLong;
    this.#returned = line.returned;
    pass(ended);
  }
}

/** Whether a line may be written over in it. */
export function isOverwritten(chunk: Buffer): boolean {
  return chunk.includes(CARRIAGE_RETURN) || chunk.includes(BACKSPACE);
}

/** One chunk being edited, behind what was held back of the line that it goes on with. */
class EditedLine {
  isLong: boolean;
  returned: boolean;
  readonly #bytes: Buffer;
  #length: number;
  #lineStart = 0;

  constructor(held: Buffer, added: number, isLong: boolean, returned: boolean) {
    // One byte more: the space for a carriage return of the chunk before.
    this.#bytes = Buffer.allocUnsafe(held.length + added + 1);
    this.#length = held.copy(this.#bytes);
    this.isLong = isLong;
    this.returned = returned;
  }

  put(byte: number): void {
    if (byte === CARRIAGE_RETURN) this.returned = true;
    else if (byte === BACKSPACE) this.#takeBack();
    else if (byte === LINE_FEED) this.#endLine();
    else {
      if (this.returned) this.#overwrite();
      this.#bytes[this.#length++] = byte;
      this.isLong ||= this.#length - this.#lineStart > LONGEST_HELD;
    }
  }

  split(): { ended: Buffer; held: Buffer } {
    const at = this.isLong ? this.#length : this.#lineStart;
    return { ended: this.#bytes.subarray(0, at), held: Buffer.from(this.#bytes.subarray(at, this.#length)) };
  }

  #endLine(): void {
    this.#bytes[this.#length++] = LINE_FEED;
    this.#lineStart = this.#length;
    this.isLong = this.returned = false;
  }

  #overwrite(): void {
    this.returned = false;
    if (this.isLong) this.#bytes[this.#length++] = 0x20;
    else this.#length = this.#lineStart;
  }

  /** One character of UTF-8, with the bytes that go on with it. */
  #takeBack(): void {
    while (!this.isLong && this.#length > this.#lineStart) {
      this.#length--;
      if (((this.#bytes[this.#length] ?? 0) & 0xc0) !== 0x80) return;
    }
  }
}
