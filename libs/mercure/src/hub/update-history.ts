/** An update in the form in which it is kept and sent: encoded once, shared by all subscribers. */
export interface StoredUpdate {
  readonly id: string;
  readonly topics: readonly string[];
  readonly private: boolean;
  readonly frame: Buffer;
}

/** The newest updates, bounded by number and by bytes. In memory only: updates may be commands in the clear. */
export class UpdateHistory {
  readonly #maxUpdates: number;
  readonly #maxBytes: number;
  /** In the order of arrival: a set keeps it, and drops its first member without moving the others. */
  readonly #updates = new Set<StoredUpdate>();
  #bytes = 0;

  constructor(maxUpdates: number, maxBytes: number) {
    this.#maxUpdates = maxUpdates;
    this.#maxBytes = maxBytes;
  }

  add(update: StoredUpdate): void {
    this.#updates.add(update);
    this.#bytes += update.frame.length;
    for (const oldest of this.#updates) {
      if (this.#updates.size <= this.#maxUpdates && this.#bytes <= this.#maxBytes) return;
      this.#updates.delete(oldest);
      this.#bytes -= oldest.frame.length;
    }
  }

  /** What came after the id; `earliest` stands before everything. Undefined when the id is not known (any more). */
  after(id: string): StoredUpdate[] | undefined {
    const updates = [...this.#updates];
    if (id === 'earliest') return updates;
    const at = updates.findIndex((update) => update.id === id);
    return at < 0 ? undefined : updates.slice(at + 1);
  }
}
