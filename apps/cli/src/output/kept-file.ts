import { open, rm, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes that wait for the disk at which no more should be read from the server. */
const HIGH_WATER = 256 * 1024;
const FIRST_CAPACITY = 32 * 1024;

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

/**
 * One file that is written as its bytes come. A disk that is full, slow or gone ends that, and nothing else. Bytes are copied into two buffers that take
 * turns: chunks that were kept until they are written would outlive the collections that are meant for them (`discardMemory`).
 */
export class KeptFile {
  readonly #options: KeptFileOptions;
  #filling: Buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  #spare: Buffer | undefined;
  #filled = 0;
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
    this.#reserve(this.#filled + chunk.length);
    this.#filled += chunk.copy(this.#filling, this.#filled);
    this.#pumping ??= this.#pump();
    this.#isPaused ||= this.#filled >= HIGH_WATER;
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
      while (this.#filled > 0) await this.#writeFilled(this.#file);
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

  #reserve(size: number): void {
    if (size <= this.#filling.length) return;
    const grown = Buffer.allocUnsafe(Math.max(size, 2 * this.#filling.length));
    this.#filling.copy(grown, 0, 0, this.#filled);
    this.#filling = grown;
  }

  async #writeFilled(file: FileHandle): Promise<void> {
    const [bytes, filled] = [this.#filling, this.#filled];
    this.#filling = this.#spare ?? Buffer.allocUnsafe(FIRST_CAPACITY);
    this.#filled = 0;
    const room = this.#options.take(filled);
    this.#isOver ||= room < filled;
    for (let at = 0; at < room;) at += (await this.#inTime(file.write(bytes, at, room - at))).bytesWritten;
    this.#written += room;
    this.#spare = bytes;
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
    this.#filled = 0;
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
