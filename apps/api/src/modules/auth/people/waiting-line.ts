/** Who has shown that they are somebody, by a mark, a session or a link, goes before who has not. */
export type Rank = 'known' | 'stranger';

interface LineBounds {
  readonly atOnce: number;
  /** Most that wait, of each rank: strangers take no place from others. */
  readonly waiting: number;
  /** Longest that one waits, in milliseconds. */
  readonly waitMs: number;
}

/** Lets some run at once; the others wait for their turn, each rank in its order. */
export class WaitingLine {
  #running = 0;
  readonly #waiting: Record<Rank, Set<() => void>> = { known: new Set(), stranger: new Set() };

  /** @param refusal what those are told who find the line full, or have waited too long */
  constructor(
    private readonly bounds: LineBounds,
    private readonly refusal: () => Error,
  ) {}

  async run<T>(rank: Rank, job: () => Promise<T>): Promise<T> {
    await this.#turn(this.#waiting[rank]);
    try {
      return await job();
    } finally {
      this.#next();
    }
  }

  #turn(line: Set<() => void>): Promise<void> | undefined {
    if (this.#running < this.bounds.atOnce) return void (this.#running += 1);
    if (line.size >= this.bounds.waiting) throw this.refusal();
    return new Promise((begin, refuse) => {
      const called = (): void => {
        clearTimeout(giveUp);
        line.delete(called);
        begin();
      };
      const giveUp = setTimeout(() => {
        line.delete(called);
        refuse(this.refusal());
      }, this.bounds.waitMs);
      line.add(called);
    });
  }

  /** The place is handed on, so that nobody who comes at this moment takes it. */
  #next(): void {
    const [called] = [...this.#waiting.known, ...this.#waiting.stranger];
    if (called) called();
    else this.#running -= 1;
  }
}
