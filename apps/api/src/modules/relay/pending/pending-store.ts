import { ServonautError, type CommandProgress } from '@servonaut/contracts';
import type { RequestRecord } from './request-record.ts';
import type { RequestEvent, Transition } from './request-state.ts';

/** A request and whose it is: neither is looked at without the other. */
export type RequestKey = Pick<RequestRecord, 'userId' | 'requestId'>;

/** Where a request stands among those of its user: the later ones come first, and of one instant by the id. */
export type RequestPlace = Pick<RequestRecord, 'createdAt' | 'requestId'>;

/** Whether the first stands behind the second. */
export function isBehind(one: RequestPlace, other: RequestPlace): boolean {
  return comparePlaces(one, other) > 0;
}

export function comparePlaces(a: RequestPlace, b: RequestPlace): number {
  return b.createdAt - a.createdAt || (b.requestId < a.requestId ? -1 : Number(b.requestId > a.requestId));
}

/** What the process whose agent waits wants to hear of a request. */
export interface RequestWatcher {
  /** Once, when the request has an outcome. */
  onFinished(record: RequestRecord): void;
  /** Until when the operator may be asked, in milliseconds since the epoch, or null: not any more. */
  onWaiting?(until: number | null): void;
  /** Output as it arrives: perhaps out of order, perhaps twice. */
  onProgress(progress: CommandProgress): void;
}

/** Told of each change, by the process that has made it. */
export type RequestObserver = (before: RequestRecord, after: RequestRecord, event: RequestEvent) => void;

/** Port: the requests that the coordinator tracks. Every change goes through `transition`, one at a time for each request. */
export abstract class PendingStore {
  /** Name of this process among those that share the store. */
  abstract readonly node: string;

  /**
   * Takes a new record and minds its deadline from now on.
   * @throws ServonautError `too_many_requests` when the user, or the principal who asks, has as many open ones as allowed.
   */
  abstract create(record: RequestRecord): Promise<void>;

  /** @throws ServonautError `request_unknown`, also for another user's request. */
  abstract apply(userId: string, requestId: string, event: RequestEvent): Promise<Transition>;

  /** Undefined for another user's request too. */
  abstract get(userId: string, requestId: string): Promise<RequestRecord | undefined>;

  /** The user's requests without an outcome, oldest first. */
  abstract open(userId: string): Promise<readonly RequestRecord[]>;

  /** Users who have requests that can be read, by their ids as text, those after that one. */
  abstract users(after: string, limit: number): Promise<readonly string[]>;

  /** The user's requests that can be read, the latest first, those behind that place: `limit` of them, or fewer when there are no more. */
  abstract kept(userId: string, page: { behind?: RequestPlace; limit: number }): Promise<readonly RequestRecord[]>;

  /** Watches a request of this process; the answer ends that. */
  abstract watch(request: RequestKey, watcher: RequestWatcher): () => void;

  /** Hands output to the process that waits for the request. Best effort: the result has everything that counts. */
  abstract forwardProgress(record: RequestRecord, progress: CommandProgress): void;

  abstract close(): Promise<void>;
}

export function tooMany(limit: number): ServonautError {
  return new ServonautError('too_many_requests', { facts: { limit } });
}
