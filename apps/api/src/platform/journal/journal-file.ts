import {
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** Where a record stands in the file, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

const LINE_FEED = 0x0a;
const CLOSED = -1;

/**
 * An append-only file of records, each a line feed and a line that ends in a JSON object, readable by its owner alone. A record that was cut off is
 * never valid (no proper prefix of an object is JSON), and the line feed before the next one keeps it from spoiling that.
 *
 * Nothing is synced to the platter: what was written survives the process, however it ends, but not a power cut of the last moments. Calls
 * block: they end in the page cache.
 */
export class JournalFile {
  readonly #path: string;
  #file: number;
  #bytes: number;

  /** A file that is there already becomes its owner's alone. @throws the error of the system, when the file cannot be opened or made */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a+', 0o600);
    fchmodSync(this.#file, 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Everything in the file, damaged records too, in the order in which it was written. */
  *records(): Iterable<[Place, string]> {
    const bytes = readFileSync(this.#path);
    let start = bytes.indexOf(LINE_FEED);
    while (start !== -1) {
      const next = bytes.indexOf(LINE_FEED, start + 1);
      const [offset, end] = [start + 1, next === -1 ? bytes.length : next];
      if (end > offset) yield [{ offset, length: end - offset }, bytes.toString('utf8', offset, end)];
      start = next;
    }
  }

  /** Writes them in one go. What was written of them when it fails counts as damaged. @throws the error of the system */
  append(records: readonly string[]): Place[] {
    const lines = records.map((record) => Buffer.from(`\n${record}`));
    const places = placesOf(lines, this.#bytes);
    const bytes = lines.length === 1 && lines[0] ? lines[0] : Buffer.concat(lines);
    for (let written = 0; written < bytes.length;) {
      const count = writeSync(this.#file, bytes, written);
      written += count;
      this.#bytes += count;
    }
    return places;
  }

  read({ offset, length }: Place): string {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, offset);
    return bytes.toString();
  }

  /**
   * Writes these records alone to a new file and puts it in the place of the old one: a kill leaves one or the other.
   * @returns where they stand now, in the same order
   */
  compact(kept: readonly Place[]): Place[] {
    const bytes = readFileSync(this.#path);
    const lines = kept.map(({ offset, length }) => bytes.subarray(offset - 1, offset + length));
    const temporary = `${this.#path}.new`;
    rmSync(temporary, { force: true });
    writeFileSync(temporary, Buffer.concat(lines), { mode: 0o600 });
    const file = openSync(temporary, 'a+');
    renameSync(temporary, this.#path);
    closeSync(this.#file);
    this.#file = file;
    this.#bytes = fstatSync(file).size;
    return placesOf(lines, 0);
  }

  /** Takes everything out of it. @throws the error of the system */
  empty(): void {
    if (this.#bytes > 0) ftruncateSync(this.#file);
    this.#bytes = 0;
  }

  close(): void {
    closeSync(this.#file);
    // The system gives the number to the next file that is opened: a late write must not go there.
    this.#file = CLOSED;
  }
}

/** Where lines will stand that are written one after the other from `start` on; a place leaves out the line feed. */
function placesOf(lines: readonly Buffer[], start: number): Place[] {
  let end = start;
  return lines.map(({ length }) => {
    end += length;
    return { offset: end - length + 1, length: length - 1 };
  });
}
