import type { Executor, ExecutorPresence, ExecutorRecord, Holder } from './executor-record.ts';

/** Port: which executors there are and when they were heard of. Each has one holder and is out of reach of any other. */
export abstract class ExecutorStore {
  /**
   * Takes a registration, in place of an earlier one with the same id.
   * @returns false when there is one that it may not replace (see `mayReplace`)
   */
  abstract register(record: ExecutorRecord, presence: ExecutorPresence): Promise<boolean>;

  /** @returns what was known before, or undefined when the holder has no such executor */
  abstract setPresence(
    holder: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | undefined>;

  /** The user's executors, the most recently registered first; those that are offline too, for some days. */
  abstract list(userId: string): Promise<readonly Executor[]>;

  /** Those that count as present but were last seen before the instant; each is answered to one caller only. */
  abstract takeSilent(before: number): Promise<readonly { userId: string; executorId: string }[]>;

  /** How many are present. */
  abstract countPresent(): Promise<number>;

  abstract close(): Promise<void>;
}

/** Most executors of one user that are remembered; the longest unseen go first. */
export const MAX_EXECUTORS_PER_USER = 50;
