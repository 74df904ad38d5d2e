import { open, rm, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes that wait for the disk at which no more should be read from the server. */
const HIGH_WATER = 1024 * 1024;

export interface KeptFileOptions {
  readonly path: string;
  /** Done before the file is made. */
  readonly prepared: Promise<void>;
  /** How many of so many bytes there is room for. */
  readonly take: (bytes: number) => number;
  /** Milliseconds that the disk may take for one write. */
  readonly stallMs: number;
  readonly onDrain: () => void;
  readonly onFault: (error: unknown) => void;
}

/** One file that is written as its bytes come. A disk that is full, slow or gone ends that, and nothing else. */
export class KeptFile {
  readonly #options: KeptFileOptions;
  #queue: Buffer[] = [];
  #queued = 0;
  #written = 0;
  #isPaused = false;
  /** No more is written: there is no room, or the disk has failed. */
  #isOver = false;
  #hasFailed = false;
  #pumping: Promise<void> | undefined;
  #file: FileHandle | undefined;

  constructor(options: KeptFileOptions) {
    this.#options = options;
  }

  /** @returns false when no more should come until it has drained */
  write(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    this.#pumping ??= this.#pump();
    this.#isPaused ||= this.#queued >= HIGH_WATER;
    return !this.#isPaused;
  }

  /** Waits for what is queued. @returns whether all is on disk for which there was room */
  async end(): Promise<boolean> {
    while (this.#pumping) await this.#pumping;
    await this.#close();
    return !this.#hasFailed && this.#written > 0;
  }

  async #pump(): Promise<void> {
    try {
      this.#file ??= await this.#inTime(this.#open());
      while (this.#queue.length > 0) await this.#writeQueue(this.#file);
    } catch (error) {
      this.#fail(error);
    }
    this.#pumping = undefined;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#options.onDrain();
  }

  async #open(): Promise<FileHandle> {
    await this.#options.prepared;
    const file = await open(this.#options.path, 'wx', 0o600);
    // It came too late to be waited for.
    if (this.#hasFailed) await file.close();
    return file;
  }

  async #writeQueue(file: FileHandle): Promise<void> {
    const room = this.#options.take(this.#queued);
    let batch = room < this.#queued ? firstOf(this.#queue, room) : this.#queue;
    this.#isOver ||= room < this.#queued;
    this.#queue = [];
    this.#queued = 0;
    this.#written += room;
    for (let left = room; left > 0;) {
      const { bytesWritten } = await this.#inTime(file.writev(batch));
      left -= bytesWritten;
      if (left > 0) batch = lastOf(batch, left);
    }
  }

  async #inTime<Value>(write: Promise<Value>): Promise<Value> {
    const timer = new AbortController();
    const late = delay(this.#options.stallMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`The disk took longer than ${this.#options.stallMs} ms.`);
    });
    // Aborted in time, it rejects where nobody looks.
    late.catch(() => undefined);
    try {
      return await Promise.race([write, late]);
    } finally {
      timer.abort();
    }
  }

  /** What is there of it makes room again. */
  #fail(error: unknown): void {
    this.#hasFailed = this.#isOver = true;
    this.#queue = [];
    this.#queued = 0;
    this.#options.onFault(error);
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      if (file) await this.#inTime(file.close());
      if (this.#hasFailed) await this.#inTime(rm(this.#options.path, { force: true }));
    } catch (error) {
      this.#hasFailed = true;
      this.#options.onFault(error);
    }
  }
}

function firstOf(chunks: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  return chunks.flatMap((chunk) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    return part.length > 0 ? [part] : [];
  });
}

function lastOf(chunks: readonly Buffer[], bytes: number): Buffer[] {
  let skip = chunks.reduce((sum, chunk) => sum + chunk.length, 0) - bytes;
  return chunks.flatMap((chunk) => {
    const part = chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
    return part.length > 0 ? [part] : [];
  });
}
