import type { CommandProgress } from '@servonaut/contracts';

/** How many chunks wait for a missing one before it is given up. */
const MAX_HELD_CHUNKS = 64;

/** Puts the output of one request into order and drops repetitions, so that an agent reads it as it was written. */
export class ProgressOrder {
  readonly #held = new Map<number, CommandProgress>();
  readonly #emit: (progress: CommandProgress) => void;
  #next = 0;

  constructor(emit: (progress: CommandProgress) => void) {
    this.#emit = emit;
  }

  accept(progress: CommandProgress): void {
    if (progress.sequence < this.#next || this.#held.has(progress.sequence)) return;
    this.#held.set(progress.sequence, progress);
    if (this.#held.size > MAX_HELD_CHUNKS) this.#next = Math.min(...this.#held.keys());
    this.#flush();
  }

  #flush(): void {
    for (let due = this.#held.get(this.#next); due; due = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#next += 1;
      this.#emit(due);
    }
  }
}
