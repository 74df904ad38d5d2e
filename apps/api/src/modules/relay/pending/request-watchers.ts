import type { CommandProgress } from '@servonaut/contracts';
import type { RequestKey, RequestWatcher } from './pending-store.ts';
import { isWaiting, type RequestRecord } from './request-record.ts';

/** Who waits in this process, by request. */
export class RequestWatchers {
  readonly #watchers = new Map<string, { request: RequestKey; watcher: RequestWatcher; waitsUntil: number | null }>();

  add(request: RequestKey, watcher: RequestWatcher): () => void {
    this.#watchers.set(request.requestId, { request, watcher, waitsUntil: null });
    return () => void this.#watchers.delete(request.requestId);
  }

  get requests(): RequestKey[] {
    return [...this.#watchers.values()].map(({ request }) => request);
  }

  /** Tells the waiter what is new of how the request stands. */
  wake(record: RequestRecord): void {
    const found = this.#watchers.get(record.requestId);
    if (!found) return;
    const waitsUntil = isWaiting(record) ? record.approvalUntil : null;
    if (waitsUntil !== found.waitsUntil) found.watcher.onWaiting?.(waitsUntil);
    found.waitsUntil = waitsUntil;
    if (record.state !== 'finished') return;
    this.#watchers.delete(record.requestId);
    found.watcher.onFinished(record);
  }

  progress(progress: CommandProgress): void {
    this.#watchers.get(progress.request_id)?.watcher.onProgress(progress);
  }
}
