import { Logger } from '@nestjs/common';
import { ServonautError, type CommandProgress } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import {
  comparePlaces,
  isBehind,
  PendingStore,
  tooMany,
  type RequestKey,
  type RequestObserver,
  type RequestPlace,
  type RequestWatcher,
} from './pending-store.ts';
import type { RequestArchive } from './request-archive.ts';
import { askerOf, deadlineOf, type RequestRecord } from './request-record.ts';
import { transition, type RequestEvent, type Transition } from './request-state.ts';
import { RequestWatchers } from './request-watchers.ts';

export interface MemoryPendingStoreOptions {
  /** Most requests of one user without an outcome. */
  readonly maxOpenPerUser: number;
  /** Most requests of one principal without an outcome. Default: as many as its user. */
  readonly maxOpenPerPrincipal?: number;
  /** How long a finished request can be read, in milliseconds. */
  readonly retentionMs: number;
  /** Where records outlive the process; without one they do not. */
  readonly archive?: RequestArchive;
  /** Most characters of results kept in memory; older ones are read from the archive. */
  readonly maxResultLength?: number;
  readonly onChange?: RequestObserver;
  readonly clock?: Clock;
}

const DEFAULT_MAX_RESULT_LENGTH = 64 * 1024 * 1024;
/** What a record without output counts for. */
const RECORD_LENGTH = 1_024;

/** Pending requests of a coordinator that runs alone. */
export class MemoryPendingStore extends PendingStore {
  readonly node = 'this process';
  readonly #options: MemoryPendingStoreOptions;
  readonly #clock: Clock;
  readonly #open = new Map<string, RequestRecord>();
  /** Ids of the open ones, of each user and of each principal (see `groupsOf`). */
  readonly #openByGroup = new Map<string, Set<string>>();
  readonly #finished: LRUCache<string, RequestRecord>;
  readonly #timers = new Map<string, unknown>();
  readonly #watchers = new RequestWatchers();
  readonly #logger = new Logger(MemoryPendingStore.name);

  constructor(options: MemoryPendingStoreOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#finished = new LRUCache({
      ttl: options.retentionMs,
      maxSize: options.maxResultLength ?? DEFAULT_MAX_RESULT_LENGTH,
      sizeCalculation: lengthOf,
      perf: { now: () => this.#clock.now() },
    });
  }

  /** Takes up the requests that an earlier process left open. Those whose deadline passed meanwhile end now. */
  async rehydrate(): Promise<void> {
    for (const record of (await this.#options.archive?.open()) ?? []) this.#keep(record);
  }

  async create(record: RequestRecord): Promise<void> {
    this.#checkRoom(record);
    this.#keep(record);
    this.#options.archive?.saveSoon(record);
  }

  async apply(userId: string, requestId: string, event: RequestEvent): Promise<Transition> {
    const record = this.#find(userId, requestId) ?? (await this.#recall(userId, requestId));
    if (!record) throw new ServonautError('request_unknown');
    const next = transition(record, event, this.#clock.now());
    const isChanged = next.record !== record;
    if (isChanged) {
      this.#keep(next.record);
      this.#options.onChange?.(record, next.record, event);
    }
    await this.#archived(next, isChanged);
    return next;
  }

  async get(userId: string, requestId: string): Promise<RequestRecord | undefined> {
    return this.#find(userId, requestId) ?? (await this.#recall(userId, requestId));
  }

  async open(userId: string): Promise<readonly RequestRecord[]> {
    return [...(this.#openByGroup.get(userId) ?? [])].flatMap((id) => this.#open.get(id) ?? []);
  }

  async users(after: string, limit: number): Promise<readonly string[]> {
    const here = [...this.#readable()].map(({ userId }) => userId);
    const users = [...new Set([...here, ...(this.#options.archive?.users() ?? [])])];
    return users
      .filter((userId) => userId > after)
      .sort()
      .slice(0, limit);
  }

  async kept(userId: string, { behind, limit }: { behind?: RequestPlace; limit: number }): Promise<RequestRecord[]> {
    const here = [...this.#readable()].filter((record) => record.userId === userId);
    const all = [...here, ...(this.#options.archive?.placesOf(userId) ?? [])];
    const places = new Map(all.map((place) => [place.requestId, place]));
    const page = [...places.values()]
      .filter((place) => !behind || isBehind(place, behind))
      .sort(comparePlaces)
      .slice(0, limit);
    const records = await Promise.all(page.map(({ requestId }) => this.#readAside(userId, requestId)));
    return records.filter((record) => record !== undefined);
  }

  watch(request: RequestKey, watcher: RequestWatcher): () => void {
    return this.#watchers.add(request, watcher);
  }

  forwardProgress(_: RequestRecord, progress: CommandProgress): void {
    this.#watchers.progress(progress);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
    this.#timers.clear();
    await this.#options.archive?.close();
  }

  #checkRoom(record: RequestRecord): void {
    const { maxOpenPerUser, maxOpenPerPrincipal = maxOpenPerUser } = this.#options;
    const [ofUser, ofPrincipal] = groupsOf(record).map((group) => this.#openByGroup.get(group)?.size ?? 0);
    if ((ofPrincipal ?? 0) >= maxOpenPerPrincipal) throw tooMany(maxOpenPerPrincipal);
    if ((ofUser ?? 0) >= maxOpenPerUser) throw tooMany(maxOpenPerUser);
  }

  #find(userId: string, requestId: string): RequestRecord | undefined {
    const record = this.#open.get(requestId) ?? this.#finished.get(requestId);
    return record?.userId === userId ? record : undefined;
  }

  *#readable(): Iterable<RequestRecord> {
    yield* this.#open.values();
    yield* this.#finished.values();
  }

  /** Without keeping it: who reads all that there is must not push out what is used. */
  async #readAside(userId: string, requestId: string): Promise<RequestRecord | undefined> {
    return this.#find(userId, requestId) ?? this.#options.archive?.get(userId, requestId);
  }

  /** Two callers may wait for the same row: the one that comes second must not bring back what the first has changed since. */
  async #recall(userId: string, requestId: string): Promise<RequestRecord | undefined> {
    const record = await this.#options.archive?.get(userId, requestId);
    if (record && !this.#find(userId, requestId)) this.#keep(record);
    return this.#find(userId, requestId) ?? record;
  }

  #keep(record: RequestRecord): void {
    if (record.state === 'finished') this.#keepFinished(record);
    else this.#keepOpen(record);
    this.#schedule(record);
    this.#watchers.wake(record);
  }

  #keepOpen(record: RequestRecord): void {
    this.#open.set(record.requestId, record);
    for (const group of groupsOf(record)) {
      const ids = this.#openByGroup.get(group);
      if (ids) ids.add(record.requestId);
      else this.#openByGroup.set(group, new Set([record.requestId]));
    }
  }

  #keepFinished(record: RequestRecord): void {
    this.#open.delete(record.requestId);
    for (const group of groupsOf(record)) {
      const ids = this.#openByGroup.get(group);
      ids?.delete(record.requestId);
      if (ids?.size === 0) this.#openByGroup.delete(group);
    }
    this.#finished.set(record.requestId, record);
  }

  #schedule(record: RequestRecord): void {
    const { requestId, userId } = record;
    const deadline = deadlineOf(record);
    this.#clock.clearTimeout(this.#timers.get(requestId));
    this.#timers.delete(requestId);
    if (deadline === null) return;
    const fire = (): void => this.#comeDue(userId, requestId);
    this.#timers.set(requestId, this.#clock.setTimeout(fire, Math.max(1, deadline - this.#clock.now())));
  }

  /** Timers run on another clock than dates and may fire a moment early: then the deadline is still to come. */
  #comeDue(userId: string, requestId: string): void {
    this.apply(userId, requestId, { type: 'deadline' }).then(
      ({ record }) => this.#schedule(record),
      (error: Error) => this.#logger.error(`deadline of request ${requestId}: ${error.message}`),
    );
  }

  /** A result is on disk before its executor may forget it, also when an earlier attempt of the same one broke off here. */
  async #archived({ kind, record }: Transition, isChanged: boolean): Promise<void> {
    const { archive } = this.#options;
    if (record.result && kind !== 'refused') await archive?.save(record);
    else if (isChanged) archive?.saveSoon(record);
  }
}

/** The user's, and the asker's. No id of a user holds a space. */
function groupsOf(record: RequestRecord): readonly string[] {
  return [record.userId, `${record.userId} ${askerOf(record)}`];
}

function lengthOf({ result }: RequestRecord): number {
  if (!result) return RECORD_LENGTH;
  const { output, stdout = '', stderr = '', data } = result;
  return RECORD_LENGTH + output.length + stdout.length + stderr.length + (data ? JSON.stringify(data).length : 0);
}
