import type { Executor, ExecutorPresence, ExecutorRecord, Holder } from './executor-record.ts';

/** Port: which executors there are and when they were heard of. Each has one holder and is out of reach of any other. */
export abstract class ExecutorStore {
  /** Takes a registration, in place of an earlier one of the user with the same id: whose the id is has been settled (see `ExecutorIds`). */
  abstract register(record: ExecutorRecord, presence: ExecutorPresence): Promise<void>;

  /** @returns what was known before, or undefined when the holder has no such executor */
  abstract setPresence(
    holder: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | undefined>;

  /** The user's executors, the most recently registered first; those that are offline too, for some days. */
  abstract list(userId: string): Promise<readonly Executor[]>;

  abstract forget(userId: string, executorIds: readonly string[]): Promise<void>;

  /** Those that count as present but were last seen before the instant; each is answered to one caller only. */
  abstract takeSilent(before: number): Promise<readonly { userId: string; executorId: string }[]>;

  /** How many are present. */
  abstract countPresent(): Promise<number>;

  abstract close(): Promise<void>;
}
