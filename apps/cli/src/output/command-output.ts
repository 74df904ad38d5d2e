import type { OutputKeeping, OutputStream } from '../ssh/output-keeping.ts';
import type { KeptFile } from './kept-file.ts';

/** What is written of one request: its files, and the record of them. */
export interface RequestFiles {
  file(stream: OutputStream, onDrain: () => void): KeptFile;
  /** @param written bytes that the command wrote */
  end(written: Readonly<Record<OutputStream, number>>, files: readonly KeptFile[]): Promise<boolean>;
}

const STREAMS = ['stdout', 'stderr'] as const;

/** The output of one command, held in memory until it is known to be long and on disk from then on. */
export class CommandOutput implements OutputKeeping {
  readonly #shortBytes: number;
  readonly #claim: () => RequestFiles | undefined;
  readonly #bytes: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  readonly #heads: Record<OutputStream, Buffer | undefined> = { stdout: undefined, stderr: undefined };
  readonly #files: Partial<Record<OutputStream, KeptFile>> = {};
  readonly #listeners: (() => void)[] = [];
  readonly #full = new Set<OutputStream>();
  #request: RequestFiles | undefined;
  #ended: Promise<boolean> | undefined;

  /**
   * @param shortBytes most bytes of a stream that is not kept
   * @param claim asks for the files of the request when one of its streams is long; undefined when another command of it has them
   */
  constructor(shortBytes: number, claim: () => RequestFiles | undefined) {
    this.#shortBytes = shortBytes;
    this.#claim = claim;
  }

  write(stream: OutputStream, chunk: Buffer): boolean {
    const before = this.#bytes[stream];
    this.#bytes[stream] = before + chunk.length;
    const file = this.#files[stream];
    if (file) return this.#noted(stream, file.write(chunk));
    const head = this.#heads[stream];
    // Copied: a chunk of one byte may hold 64 KiB of its socket's memory.
    const all = head ? Buffer.concat([head, chunk]) : Buffer.from(chunk);
    if (this.#bytes[stream] <= this.#shortBytes) {
      this.#heads[stream] = all;
      return true;
    }
    this.#heads[stream] = undefined;
    // Behind a head that was not taken there is nothing to keep.
    return before > this.#shortBytes || this.#begin(stream, all);
  }

  onDrain(listener: () => void): void {
    this.#listeners.push(listener);
  }

  end(): Promise<boolean> | undefined {
    const files = STREAMS.flatMap((stream) => this.#files[stream] ?? []);
    if (files.length === 0) return undefined;
    this.#ended ??= this.#request?.end(this.#bytes, files);
    return this.#ended;
  }

  #begin(stream: OutputStream, all: Buffer): boolean {
    this.#request ??= this.#claim();
    const file = this.#request?.file(stream, () => this.#drained(stream));
    if (!file) return true;
    this.#files[stream] = file;
    return this.#noted(stream, file.write(all));
  }

  #noted(stream: OutputStream, hasRoom: boolean): boolean {
    if (!hasRoom) this.#full.add(stream);
    return hasRoom;
  }

  /** One connection brings both streams, so each waits for the other. */
  #drained(stream: OutputStream): void {
    this.#full.delete(stream);
    if (this.#full.size === 0) for (const listener of this.#listeners) listener();
  }
}
