import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ServonautError, type CommandProgress } from '@servonaut/contracts';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { duplicateForCommands, duplicateForMessages, orUnavailable } from '../redis-availability.ts';
import type { DeadlineQueue } from './deadline-queue.ts';
import { RedisUserIndex } from '../redis-user-index.ts';
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
import { CHANGE_REQUEST, CREATE_REQUEST, DEFAULT_PREFIX } from './redis-scripts.ts';
import { askerOf, deadlineOf, isWaiting, overBy, type RequestRecord } from './request-record.ts';
import { transition, type RequestEvent, type Transition } from './request-state.ts';
import { RequestWatchers } from './request-watchers.ts';

export interface RedisPendingStoreOptions {
  readonly maxOpenPerUser: number;
  /** Most requests of one principal without an outcome. Default: as many as its user. */
  readonly maxOpenPerPrincipal?: number;
  /** How long a finished request can be read, in milliseconds. */
  readonly retentionMs: number;
  readonly onChange?: RequestObserver;
  /** Start of every key. */
  readonly prefix?: string;
  /** How often waiters look for themselves, in case a wake-up was lost; in milliseconds. */
  readonly rereadMs?: number;
}

const DEFAULT_REREAD_MS = 5_000;
/** Users of whom is remembered that they are in the index. */
const INDEXED_USERS = 10_000;
/** More than the writers that one request can have at once. */
const MAX_ATTEMPTS = 20;

type NodeMessage = { moved: RequestKey } | { progress: CommandProgress };

/** Pending requests of coordinators that share a Redis. The stored record is the truth; messages between processes only wake. */
export class RedisPendingStore extends PendingStore {
  readonly node = randomUUID();
  readonly #options: Required<Omit<RedisPendingStoreOptions, 'onChange'>> & Pick<RedisPendingStoreOptions, 'onChange'>;
  readonly #commands: Redis;
  readonly #subscriber: Redis;
  readonly #deadlines: DeadlineQueue;
  readonly #watchers = new RequestWatchers();
  readonly #users: RedisUserIndex;
  /** Who was put into the index a while ago, and is there still. */
  readonly #indexed: LRUCache<string, true>;
  readonly #rereadTimer: NodeJS.Timeout;
  readonly #logger = new Logger(RedisPendingStore.name);

  /** @param redis is duplicated, and stays the caller's to close, like the queue behind `deadlines` */
  constructor(redis: Redis, deadlines: DeadlineQueue, options: RedisPendingStoreOptions) {
    super();
    const maxOpenPerPrincipal = options.maxOpenPerUser;
    this.#options = { prefix: DEFAULT_PREFIX, rereadMs: DEFAULT_REREAD_MS, maxOpenPerPrincipal, ...options };
    this.#commands = duplicateForCommands(redis);
    this.#subscriber = duplicateForMessages(redis);
    this.#deadlines = deadlines;
    const { prefix, retentionMs } = this.#options;
    this.#users = new RedisUserIndex(this.#commands, `${prefix}:request-users`, (userId) => this.#keptKey(userId));
    // The user stays there for as long as anything is kept of them, which is longer than this.
    this.#indexed = new LRUCache({ max: INDEXED_USERS, ttl: retentionMs / 2 });
    this.#rereadTimer = setInterval(() => this.#rereadAll(), this.#options.rereadMs).unref();
  }

  /** Resolves when this process can be woken. */
  async start(): Promise<void> {
    this.#subscriber.on('message', (_, text: string) => this.#receive(JSON.parse(text) as NodeMessage));
    await this.#subscriber.subscribe(this.#channelOf(this.node));
  }

  async create(record: RequestRecord): Promise<void> {
    const deadline = deadlineOf(record) ?? record.createdAt;
    // At once: long before the deadline one has waited for the other, and a deadline without a record does nothing.
    const [limit] = await orUnavailable(
      Promise.all([
        this.#create(record),
        this.#deadlines.add(record, record.version, deadline - Date.now()),
        this.#index(record.userId),
      ]),
    );
    if (limit === 0) return;
    this.#deadlines.remove(record, record.version);
    throw tooMany(Number(limit));
  }

  async apply(userId: string, requestId: string, event: RequestEvent): Promise<Transition> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const record = await this.get(userId, requestId);
      if (!record) throw new ServonautError('request_unknown');
      const next = transition(record, event, Date.now());
      if (next.record === record) return next;
      if (!(await orUnavailable(this.#change(record, next.record)))) continue;
      this.#options.onChange?.(record, next.record, event);
      return next;
    }
    throw new ServonautError('unavailable', { detail: `request ${requestId} changed under every attempt` });
  }

  async get(userId: string, requestId: string): Promise<RequestRecord | undefined> {
    const text = await orUnavailable(this.#commands.hget(this.#requestKey({ userId, requestId }), 'record'));
    return text === null ? undefined : (JSON.parse(text) as RequestRecord);
  }

  async open(userId: string): Promise<readonly RequestRecord[]> {
    const ids = await orUnavailable(this.#commands.zrange(this.#openKey(userId), '0', '-1'));
    const records = await Promise.all(ids.map((requestId) => this.get(userId, requestId)));
    return records
      .flatMap((record) => (record && record.state !== 'finished' ? [record] : []))
      .toSorted((a, b) => a.createdAt - b.createdAt);
  }

  users(after: string, limit: number): Promise<readonly string[]> {
    return this.#users.list(after, limit);
  }

  async kept(userId: string, { behind, limit }: { behind?: RequestPlace; limit: number }): Promise<RequestRecord[]> {
    const found: RequestRecord[] = [];
    const pages = this.#pagesOf(userId, behind?.createdAt, limit);
    for await (const records of pages) {
      found.push(...records.filter((record) => !behind || isBehind(record, behind)));
      if (found.length >= limit) break;
    }
    return found.sort(comparePlaces).slice(0, limit);
  }

  watch(request: RequestKey, watcher: RequestWatcher): () => void {
    return this.#watchers.add(request, watcher);
  }

  forwardProgress({ node }: RequestRecord, progress: CommandProgress): void {
    if (node === this.node) this.#watchers.progress(progress);
    else this.#send(node, { progress });
  }

  async close(): Promise<void> {
    clearInterval(this.#rereadTimer);
    this.#subscriber.disconnect();
    this.#commands.disconnect();
  }

  /**
   * By creation, the latest first, from that instant on. Redis sorts those of one instant by their ids too, descending, so that no page begins with
   * what belongs before the end of the one before.
   */
  async *#pagesOf(userId: string, from: number | undefined, size: number): AsyncGenerator<RequestRecord[], void> {
    for (let offset = 0; ; offset += size) {
      const ids = await orUnavailable(
        this.#commands.zrange(this.#keptKey(userId), from ?? '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', offset, size),
      );
      const records = await Promise.all(ids.map((requestId) => this.get(userId, requestId)));
      yield records.filter((record) => record !== undefined);
      if (ids.length < size) return;
    }
  }

  /** Not for each request. */
  async #index(userId: string): Promise<void> {
    if (this.#indexed.has(userId)) return;
    await this.#users.add(userId);
    this.#indexed.set(userId, true);
  }

  #create(record: RequestRecord): Promise<unknown> {
    const until = this.#untilOf(record);
    return this.#commands.eval(
      CREATE_REQUEST,
      5,
      ...this.#keysOf(record),
      Date.now(),
      this.#options.maxOpenPerPrincipal,
      this.#options.maxOpenPerUser,
      record.requestId,
      until,
      record.version,
      JSON.stringify(record),
      until - Date.now() + this.#options.retentionMs,
      record.createdAt,
    );
  }

  async #change(from: RequestRecord, to: RequestRecord): Promise<boolean> {
    const { retentionMs } = this.#options;
    const now = Date.now();
    const until = to.state === 'finished' ? now : this.#untilOf(to);
    // What waits for the operator is over later than was thought before, and sooner once it has started.
    const moves = isWaiting(from) || isWaiting(to);
    const wakes = moves || to.state === 'finished';
    const changed = await this.#commands.eval(
      CHANGE_REQUEST,
      5,
      ...this.#keysOf(to),
      from.version,
      to.requestId,
      to.version,
      JSON.stringify(to),
      until - now + retentionMs,
      to.state === 'finished' ? 0 : moves ? until : '',
      now,
      wakes && to.node !== this.node ? this.#channelOf(to.node) : '',
      JSON.stringify({ moved: { userId: to.userId, requestId: to.requestId } } satisfies NodeMessage),
    );
    if (changed !== 1) return false;
    this.#watchers.wake(to);
    await this.#follow(from, to);
    return true;
  }

  /** The job of the first deadline comes back at a later one by itself; only an earlier one needs its own. */
  async #follow(from: RequestRecord, to: RequestRecord): Promise<void> {
    const [before, after] = [deadlineOf(from), deadlineOf(to)];
    if (after === null) this.#deadlines.remove(to, 0);
    else if (before !== null && after < before) await this.#deadlines.add(to, to.version, after - Date.now());
  }

  #receive(message: NodeMessage): void {
    if ('progress' in message) this.#watchers.progress(message.progress);
    else this.#reread(message.moved);
  }

  #rereadAll(): void {
    for (const request of this.#watchers.requests) this.#reread(request);
  }

  #reread({ userId, requestId }: RequestKey): void {
    this.get(userId, requestId).then(
      (record) => record && this.#watchers.wake(record),
      (error: Error) => this.#logger.warn(`request ${requestId} could not be read: ${error.message}`),
    );
  }

  #send(node: string, message: NodeMessage): void {
    this.#commands
      .publish(this.#channelOf(node), JSON.stringify(message))
      .catch((error: Error) => this.#logger.debug(`output not forwarded: ${error.message}`));
  }

  /** When an open request counts no more, though nobody may have seen to its deadline. */
  #untilOf(record: RequestRecord): number {
    return overBy(record) + this.#options.rereadMs;
  }

  /** Of both scripts. */
  #keysOf(record: RequestRecord): string[] {
    const [ofUser, kept] = [this.#openKey(record.userId), this.#keptKey(record.userId)];
    return [this.#requestKey(record), `${ofUser}:${askerOf(record)}`, ofUser, kept, `${kept}:until`];
  }

  #requestKey({ userId, requestId }: RequestKey): string {
    return `${this.#options.prefix}:{${userId}}:request:${requestId}`;
  }

  #openKey(userId: string): string {
    return `${this.#options.prefix}:{${userId}}:open-requests`;
  }

  #keptKey(userId: string): string {
    return `${this.#options.prefix}:{${userId}}:requests`;
  }

  #channelOf(node: string): string {
    return `${this.#options.prefix}:node:${node}`;
  }
}
