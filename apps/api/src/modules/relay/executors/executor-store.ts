import type { Executor, ExecutorPresence, ExecutorRecord, Holder } from './executor-record.ts';

/** How long the end of a run is held against it, in milliseconds: as long as an executor that nobody hears of is remembered. */
export const ENDED_RUN_MS = 30 * 86_400_000;

/** Port: which executors there are and when they were heard of. Each has one holder and is out of reach of any other. */
export abstract class ExecutorStore {
  /** Takes a registration, in place of an earlier one of the user with the same id: whose the id is has been settled (see `ExecutorIds`). */
  abstract register(record: ExecutorRecord, presence: ExecutorPresence): Promise<void>;

  /** @returns what was known before; `ended` when this run of it is over (see `endRun`); undefined when the holder has no such executor */
  abstract setPresence(
    holder: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | 'ended' | undefined>;

  /**
   * This run of the executor is over, whatever it says from now on, and by whichever id: it is listed as offline until another run registers. Held for
   * `ENDED_RUN_MS`, and by one that keeps nothing over a restart, no longer than until that. Never of one that has no run.
   */
  abstract endRun(record: ExecutorRecord): Promise<void>;

  abstract hasEnded(record: Pick<ExecutorRecord, 'userId' | 'publicKey'>): Promise<boolean>;

  /** The user's executors, the most recently registered first; those that are offline too, for some days. */
  abstract list(userId: string): Promise<readonly Executor[]>;

  /** Whose executor it is. Undefined for one that is not listed. */
  abstract userOf(executorId: string): Promise<string | undefined>;

  /** Users who have executors here, by their ids as text, those after that one. */
  abstract users(after: string, limit: number): Promise<readonly string[]>;

  abstract forget(userId: string, executorIds: readonly string[]): Promise<void>;

  /** Those that count as present but were last seen before the instant; each is answered to one caller only. */
  abstract takeSilent(before: number): Promise<readonly { userId: string; executorId: string }[]>;

  /** How many are present. */
  abstract countPresent(): Promise<number>;

  abstract close(): Promise<void>;
}
