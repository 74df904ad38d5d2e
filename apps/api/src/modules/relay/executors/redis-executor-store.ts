import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { duplicateForCommands, orUnavailable } from '../redis-availability.ts';
import { ExecutorStore, MAX_EXECUTORS_PER_USER } from './executor-store.ts';
import type { Executor, ExecutorPresence, ExecutorRecord } from './executor-record.ts';

/** How long an executor that nobody hears of is remembered, in milliseconds. */
const REMEMBERED_MS = 30 * 86_400_000;
/** Registrations kept parsed: a manifest of 2,000 servers must not be read for every call. */
const PARSED_REGISTRATIONS = 5_000;

/**
 * Executors of coordinators that share a Redis. Of each user: a hash of presences (small, read for every call) and a hash of registrations
 * (large, read when their time is new). Across users: who owns an id, and a sorted set of the present ones by when they were last seen.
 */
export class RedisExecutorStore extends ExecutorStore {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #records = new LRUCache<string, ExecutorRecord>({ max: PARSED_REGISTRATIONS });

  /** @param redis is duplicated, and stays the caller's to close */
  constructor(redis: Redis, prefix = 'servonaut') {
    super();
    this.#prefix = prefix;
    this.#redis = duplicateForCommands(redis);
  }

  async register(record: ExecutorRecord, presence: ExecutorPresence): Promise<boolean> {
    if (!(await this.#claim(record))) return false;
    await orUnavailable(this.#redis.hset(this.#recordsKey(record.userId), record.executorId, JSON.stringify(record)));
    await this.#writePresence(record.userId, record.executorId, presence, record.registeredAt);
    await this.#forgetOldest(record.userId);
    return true;
  }

  async setPresence(
    userId: string,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | undefined> {
    const text = await orUnavailable(this.#redis.hget(this.#presencesKey(userId), executorId));
    if (text === null) return undefined;
    const { registeredAt, ...before } = JSON.parse(text) as StoredPresence;
    await this.#writePresence(userId, executorId, presence, registeredAt);
    return before;
  }

  async list(userId: string): Promise<readonly Executor[]> {
    const presences = await orUnavailable(this.#redis.hgetall(this.#presencesKey(userId)));
    const executors = await Promise.all(
      Object.entries(presences).map(async ([executorId, text]) => {
        const { registeredAt, ...presence } = JSON.parse(text) as StoredPresence;
        const record = await this.#record(userId, executorId, registeredAt);
        return record && { record, presence };
      }),
    );
    return executors
      .filter((found) => found !== undefined)
      .sort((a, b) => b.record.registeredAt - a.record.registeredAt);
  }

  async takeSilent(before: number): Promise<readonly { userId: string; executorId: string }[]> {
    const members = await orUnavailable(this.#redis.zrangebyscore(this.#presentKey, '-inf', `(${before}`));
    const removed = await Promise.all(
      members.map((member) => orUnavailable(this.#redis.zrem(this.#presentKey, member))),
    );
    return members.filter((_, index) => removed[index] === 1).map(fromMember);
  }

  async countPresent(): Promise<number> {
    return orUnavailable(this.#redis.zcard(this.#presentKey));
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  async #claim({ userId, executorId }: ExecutorRecord): Promise<boolean> {
    const key = this.#ownerKey(executorId);
    await orUnavailable(this.#redis.set(key, userId, 'PX', REMEMBERED_MS, 'NX'));
    return (await orUnavailable(this.#redis.get(key))) === userId;
  }

  async #writePresence(
    userId: string,
    executorId: string,
    presence: ExecutorPresence,
    registeredAt: number,
  ): Promise<void> {
    const stored: StoredPresence = { ...presence, registeredAt };
    const member = toMember({ userId, executorId });
    await orUnavailable(
      Promise.all([
        this.#redis.hset(this.#presencesKey(userId), executorId, JSON.stringify(stored)),
        presence.state === 'offline'
          ? this.#redis.zrem(this.#presentKey, member)
          : this.#redis.zadd(this.#presentKey, presence.lastSeenAt, member),
        this.#redis.pexpire(this.#ownerKey(executorId), REMEMBERED_MS),
        this.#redis.pexpire(this.#presencesKey(userId), REMEMBERED_MS),
        this.#redis.pexpire(this.#recordsKey(userId), REMEMBERED_MS),
      ]),
    );
  }

  async #record(userId: string, executorId: string, registeredAt: number): Promise<ExecutorRecord | undefined> {
    const cacheKey = `${userId} ${executorId} ${registeredAt}`;
    const cached = this.#records.get(cacheKey);
    if (cached) return cached;
    const text = await orUnavailable(this.#redis.hget(this.#recordsKey(userId), executorId));
    if (text === null) return undefined;
    const record = JSON.parse(text) as ExecutorRecord;
    this.#records.set(cacheKey, record);
    return record;
  }

  async #forgetOldest(userId: string): Promise<void> {
    const executors = await this.list(userId);
    const unseen = executors
      .toSorted((a, b) => b.presence.lastSeenAt - a.presence.lastSeenAt)
      .slice(MAX_EXECUTORS_PER_USER);
    for (const { record } of unseen) {
      await orUnavailable(this.#redis.hdel(this.#presencesKey(userId), record.executorId));
      await orUnavailable(this.#redis.hdel(this.#recordsKey(userId), record.executorId));
      await orUnavailable(this.#redis.del(this.#ownerKey(record.executorId)));
    }
  }

  #presencesKey(userId: string): string {
    return `${this.#prefix}:{${userId}}:executor-presences`;
  }

  #recordsKey(userId: string): string {
    return `${this.#prefix}:{${userId}}:executors`;
  }

  #ownerKey(executorId: string): string {
    return `${this.#prefix}:executor-owner:${executorId}`;
  }

  get #presentKey(): string {
    return `${this.#prefix}:present-executors`;
  }
}

type StoredPresence = ExecutorPresence & { registeredAt: number };

/** Neither id can hold a space. */
function toMember({ userId, executorId }: { userId: string; executorId: string }): string {
  return `${userId} ${executorId}`;
}

function fromMember(member: string): { userId: string; executorId: string } {
  const [userId = '', executorId = ''] = member.split(' ');
  return { userId, executorId };
}
