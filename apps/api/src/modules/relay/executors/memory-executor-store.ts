import { LRUCache } from 'lru-cache';
import { ENDED_RUN_MS, ExecutorStore } from './executor-store.ts';
import {
  asOffline,
  runOf,
  type Executor,
  type ExecutorPresence,
  type ExecutorRecord,
  type Holder,
} from './executor-record.ts';
import { SharedTools } from './shared-tools.ts';

/** Runs that were ended and are remembered. */
const ENDED_RUNS = 10_000;

/** Executors of a coordinator that runs alone. After its restart they register again. */
export class MemoryExecutorStore extends ExecutorStore {
  readonly #byUser = new Map<string, Map<string, Executor>>();
  readonly #present = new Map<string, Executor>();
  readonly #tools = new SharedTools();
  /** The runs that are over, each with its user. */
  readonly #ended = new LRUCache<string, true>({ max: ENDED_RUNS, ttl: ENDED_RUN_MS });

  async register(said: ExecutorRecord, presence: ExecutorPresence): Promise<void> {
    const record = { ...said, manifest: said.manifest && this.#tools.share(said.manifest) };
    this.#keep({ record, presence });
  }

  async setPresence(
    { userId, credentialId }: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | 'ended' | undefined> {
    const known = this.#byUser.get(userId)?.get(executorId);
    if (known?.record.credentialId !== credentialId) return undefined;
    if (this.#isOver(known.record)) return 'ended';
    this.#keep({ record: known.record, presence });
    return known.presence;
  }

  async endRun(record: ExecutorRecord): Promise<void> {
    const run = endedRun(record);
    if (run === null) return;
    this.#ended.set(run, true);
    const known = this.#byUser.get(record.userId)?.get(record.executorId);
    if (known && this.#isOver(known.record)) this.#keep(asOffline(known));
  }

  async hasEnded(record: Pick<ExecutorRecord, 'userId' | 'publicKey'>): Promise<boolean> {
    return this.#isOver(record);
  }

  async users(after: string, limit: number): Promise<readonly string[]> {
    const users = [...this.#byUser].flatMap(([userId, own]) => (own.size > 0 && userId > after ? [userId] : []));
    return users.sort().slice(0, limit);
  }

  async userOf(executorId: string): Promise<string | undefined> {
    for (const [userId, own] of this.#byUser) if (own.has(executorId)) return userId;
    return undefined;
  }

  async list(userId: string): Promise<readonly Executor[]> {
    const executors = [...(this.#byUser.get(userId)?.values() ?? [])].map((one) =>
      this.#isOver(one.record) ? asOffline(one) : one,
    );
    return executors.sort((a, b) => b.record.registeredAt - a.record.registeredAt);
  }

  async forget(userId: string, executorIds: readonly string[]): Promise<void> {
    const own = this.#byUser.get(userId);
    for (const executorId of executorIds) if (own?.delete(executorId)) this.#present.delete(executorId);
  }

  async takeSilent(before: number): Promise<readonly { userId: string; executorId: string }[]> {
    const silent = [...this.#present.values()].filter(({ presence }) => presence.lastSeenAt < before);
    return silent.map(({ record: { userId, executorId } }) => {
      this.#present.delete(executorId);
      return { userId, executorId };
    });
  }

  async countPresent(): Promise<number> {
    return this.#present.size;
  }

  async close(): Promise<void> {
    this.#present.clear();
  }

  #isOver(record: Pick<ExecutorRecord, 'userId' | 'publicKey'>): boolean {
    const run = endedRun(record);
    return run !== null && this.#ended.has(run);
  }

  #keep(executor: Executor): void {
    const { userId, executorId } = executor.record;
    const own = this.#byUser.get(userId) ?? new Map<string, Executor>();
    this.#byUser.set(userId, own.set(executorId, executor));
    if (executor.presence.state === 'offline') this.#present.delete(executorId);
    else this.#present.set(executorId, executor);
  }
}

/** No id of a user holds a space. */
function endedRun(record: Pick<ExecutorRecord, 'userId' | 'publicKey'>): string | null {
  const run = runOf(record);
  return run === null ? null : `${record.userId} ${run}`;
}
