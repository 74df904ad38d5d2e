import type { CommandProgress } from '@servonaut/contracts';
import type { RequestKey, RequestWatcher } from './pending-store.ts';
import type { RequestRecord } from './request-record.ts';

/** Who waits in this process, by request. */
export class RequestWatchers {
  readonly #watchers = new Map<string, { request: RequestKey; watcher: RequestWatcher }>();

  add(request: RequestKey, watcher: RequestWatcher): () => void {
    this.#watchers.set(request.requestId, { request, watcher });
    return () => void this.#watchers.delete(request.requestId);
  }

  get requests(): RequestKey[] {
    return [...this.#watchers.values()].map(({ request }) => request);
  }

  /** Wakes the waiter, once, if the request has an outcome. */
  wake(record: RequestRecord): void {
    const found = record.state === 'finished' ? this.#watchers.get(record.requestId) : undefined;
    if (!found) return;
    this.#watchers.delete(record.requestId);
    found.watcher.onFinished(record);
  }

  progress(progress: CommandProgress): void {
    this.#watchers.get(progress.request_id)?.watcher.onProgress(progress);
  }
}
