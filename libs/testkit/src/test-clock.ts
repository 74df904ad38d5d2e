import { setImmediate as turn } from 'node:timers/promises';

/** Handle of a timer of the test clock. */
export interface TestTimer {
  readonly dueAt: number;
  readonly run: () => void;
  /** As Node's timers have them, for code that lets the process end meanwhile. */
  ref(): TestTimer;
  unref(): TestTimer;
}

/** Some instant that is the same in every test: 2026-01-02T03:04:05.000Z. */
export const TEST_EPOCH = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A clock that stands still until the test moves it. Its methods can be passed on their own, as `now` or `setTimeout`. */
export class TestClock {
  #now: number;
  readonly #timers = new Set<TestTimer>();

  /** @param startsAt milliseconds since the epoch */
  constructor(startsAt: number = TEST_EPOCH) {
    this.#now = startsAt;
  }

  /** Milliseconds since the epoch. */
  readonly now = (): number => this.#now;

  readonly setTimeout = (run: () => void, ms: number): TestTimer => {
    const timer: TestTimer = { dueAt: this.#now + Math.max(0, ms), run, ref: () => timer, unref: () => timer };
    this.#timers.add(timer);
    return timer;
  };

  readonly clearTimeout = (timer: TestTimer | undefined): void => {
    if (timer) this.#timers.delete(timer);
  };

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves time by `ms`, running the timers that become due in their order, each at its own time, those that they set included. Promises
   * settle before each timer and before `advance` resolves.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let timer = this.#nextUntil(end); timer; timer = this.#nextUntil(end)) {
      this.#timers.delete(timer);
      this.#now = timer.dueAt;
      timer.run();
      await turn();
    }
    this.#now = end;
    await turn();
  }

  /** A set keeps the order of insertion and the sort is stable, so timers due together run as they were set. */
  #nextUntil(end: number): TestTimer | undefined {
    const [first] = [...this.#timers].toSorted((a, b) => a.dueAt - b.dueAt);
    return first && first.dueAt <= end ? first : undefined;
  }
}
