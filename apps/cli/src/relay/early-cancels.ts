/** Most that are remembered; beyond that the oldest goes. */
export const MAX_EARLY_CANCELS = 1_000;

/** Cancels that came before their request, since the hub may deliver in any order. Each counts for as long as its request might still start. */
export class EarlyCancels {
  /** The last instants at which the requests may start, by their ids; the oldest cancel first. */
  readonly #startBy = new Map<string, number>();

  get size(): number {
    return this.#startBy.size;
  }

  /** @param now on the clock of `startBy` */
  add({ requestId, startBy }: { readonly requestId: string; readonly startBy: number }, now: number): void {
    this.#startBy.set(requestId, startBy);
    for (const [oldest, until] of this.#startBy) {
      if (until >= now && this.#startBy.size <= MAX_EARLY_CANCELS) return;
      this.#startBy.delete(oldest);
    }
  }

  /** Whether the request was cancelled before it came; the cancel is then forgotten. */
  take(requestId: string): boolean {
    return this.#startBy.delete(requestId);
  }
}
