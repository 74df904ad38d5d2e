import type { JournalFile } from './journal-file.ts';

export interface LateSyncOptions {
  readonly now: () => number;
  readonly syncAfterMs: number;
  readonly warn: (message: string) => void;
}

/**
 * Has the disk keep what is not over soon. A short command, whose result is taken within milliseconds, never costs a sync; what lasts costs one
 * in the background, which many share.
 */
export class LateSync {
  readonly #file: Pick<JournalFile, 'sync'>;
  readonly #options: LateSyncOptions;
  /** By id, when it was recorded; the oldest first. */
  readonly #waiting = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isSyncing = false;
  #isStopped = false;

  constructor(file: Pick<JournalFile, 'sync'>, options: LateSyncOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** The request has a record that should outlive a power cut. */
  soon(requestId: string): void {
    if (!this.#waiting.has(requestId)) this.#waiting.set(requestId, this.#options.now());
    if (!this.#isSyncing) this.#timer ??= this.#after(this.#options.syncAfterMs);
  }

  /** Nothing of the request is needed any more. */
  never(requestId: string): void {
    this.#waiting.delete(requestId);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #after(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#due(), ms).unref();
  }

  #due(): void {
    this.#timer = undefined;
    const [oldest] = this.#waiting.values();
    if (oldest === undefined || this.#isStopped) return;
    const early = oldest + this.#options.syncAfterMs - this.#options.now();
    // A clock that was set back makes nothing wait for longer.
    if (early > 0) this.#timer = this.#after(Math.min(early, this.#options.syncAfterMs));
    else this.#sync();
  }

  #sync(): void {
    this.#waiting.clear();
    this.#isSyncing = true;
    this.#file.sync((failure) => {
      this.#isSyncing = false;
      if (failure !== undefined) this.#options.warn(failure);
      if (this.#waiting.size > 0 && !this.#isStopped) this.#timer ??= this.#after(this.#options.syncAfterMs);
    });
  }
}
