import { ExecutorStore } from './executor-store.ts';
import type { Executor, ExecutorPresence, ExecutorRecord, Holder } from './executor-record.ts';
import { SharedTools } from './shared-tools.ts';

/** Executors of a coordinator that runs alone. After its restart they register again. */
export class MemoryExecutorStore extends ExecutorStore {
  readonly #byUser = new Map<string, Map<string, Executor>>();
  readonly #present = new Map<string, Executor>();
  readonly #tools = new SharedTools();

  async register(said: ExecutorRecord, presence: ExecutorPresence): Promise<void> {
    const record = { ...said, manifest: said.manifest && this.#tools.share(said.manifest) };
    this.#keep({ record, presence });
  }

  async setPresence(
    { userId, credentialId }: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | undefined> {
    const known = this.#byUser.get(userId)?.get(executorId);
    if (known?.record.credentialId !== credentialId) return undefined;
    this.#keep({ record: known.record, presence });
    return known.presence;
  }

  async list(userId: string): Promise<readonly Executor[]> {
    const executors = [...(this.#byUser.get(userId)?.values() ?? [])];
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

  #keep(executor: Executor): void {
    const { userId, executorId } = executor.record;
    const own = this.#byUser.get(userId) ?? new Map<string, Executor>();
    this.#byUser.set(userId, own.set(executorId, executor));
    if (executor.presence.state === 'offline') this.#present.delete(executorId);
    else this.#present.set(executorId, executor);
  }
}
