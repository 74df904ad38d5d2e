import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { duplicateForCommands, orUnavailable } from '../redis-availability.ts';
import { ExecutorStore } from './executor-store.ts';
import type { Executor, ExecutorPresence, ExecutorRecord, Holder } from './executor-record.ts';

/** How long an executor that nobody hears of is remembered, in milliseconds. */
const REMEMBERED_MS = 30 * 86_400_000;
/** Registrations kept parsed: a manifest of 2,000 servers must not be read for every call. */
const PARSED_REGISTRATIONS = 5_000;

/** Looking and taking are one step: a heartbeat that came between them would be lost. KEYS present · ARGV greatest score. */
const TAKE_SILENT = `
local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return silent`;

/**
 * Executors of coordinators that share a Redis. Of each user: a hash of presences (small, read for every call) and a hash of registrations
 * (large, read when their time is new). Across users: a sorted set of the present ones by when they were last seen.
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

  async register(record: ExecutorRecord, presence: ExecutorPresence): Promise<void> {
    await orUnavailable(this.#redis.hset(this.#recordsKey(record.userId), record.executorId, JSON.stringify(record)));
    await this.#writePresence(record, { ...presence, ...registrationOf(record) });
  }

  async setPresence(
    { userId, credentialId: by }: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | undefined> {
    const [text, isRegistered] = await orUnavailable(
      Promise.all([
        this.#redis.hget(this.#presencesKey(userId), executorId),
        this.#redis.hexists(this.#recordsKey(userId), executorId),
      ]),
    );
    // A heartbeat that crossed `forget` has left a presence without a registration.
    if (text === null || !isRegistered) return undefined;
    const { registeredAt, credentialId, ...before } = JSON.parse(text) as StoredPresence;
    if (credentialId !== by) return undefined;
    await this.#writePresence({ userId, executorId }, { ...presence, registeredAt, credentialId });
    return before;
  }

  async list(userId: string): Promise<readonly Executor[]> {
    const presences = await orUnavailable(this.#redis.hgetall(this.#presencesKey(userId)));
    const executors = await Promise.all(
      Object.entries(presences).map(async ([executorId, text]) => {
        const { registeredAt, credentialId, ...presence } = JSON.parse(text) as StoredPresence;
        const record = await this.#record({ userId, executorId }, { registeredAt, credentialId });
        return record && { record, presence };
      }),
    );
    return executors
      .filter((found) => found !== undefined)
      .sort((a, b) => b.record.registeredAt - a.record.registeredAt);
  }

  async forget(userId: string, executorIds: readonly string[]): Promise<void> {
    if (executorIds.length === 0) return;
    const members = executorIds.map((executorId) => toMember({ userId, executorId }));
    await orUnavailable(
      Promise.all([
        this.#redis.hdel(this.#recordsKey(userId), ...executorIds),
        this.#redis.hdel(this.#presencesKey(userId), ...executorIds),
        this.#redis.zrem(this.#presentKey, ...members),
      ]),
    );
  }

  async takeSilent(before: number): Promise<readonly { userId: string; executorId: string }[]> {
    const members = await orUnavailable(this.#redis.eval(TAKE_SILENT, 1, this.#presentKey, `(${before}`));
    return (members as string[]).map(fromMember);
  }

  async countPresent(): Promise<number> {
    return orUnavailable(this.#redis.zcard(this.#presentKey));
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  async #writePresence({ userId, executorId }: ExecutorKey, presence: StoredPresence): Promise<void> {
    const member = toMember({ userId, executorId });
    await orUnavailable(
      Promise.all([
        this.#redis.hset(this.#presencesKey(userId), executorId, JSON.stringify(presence)),
        presence.state === 'offline'
          ? this.#redis.zrem(this.#presentKey, member)
          : this.#redis.zadd(this.#presentKey, presence.lastSeenAt, member),
        this.#redis.pexpire(this.#presencesKey(userId), REMEMBERED_MS),
        this.#redis.pexpire(this.#recordsKey(userId), REMEMBERED_MS),
      ]),
    );
  }

  async #record(
    { userId, executorId }: ExecutorKey,
    { registeredAt, credentialId }: Registration,
  ): Promise<ExecutorRecord | undefined> {
    const cacheKey = `${userId} ${executorId} ${registeredAt} ${credentialId}`;
    const cached = this.#records.get(cacheKey);
    if (cached) return cached;
    const text = await orUnavailable(this.#redis.hget(this.#recordsKey(userId), executorId));
    if (text === null) return undefined;
    const record = JSON.parse(text) as ExecutorRecord;
    this.#records.set(cacheKey, record);
    return record;
  }

  #presencesKey(userId: string): string {
    return `${this.#prefix}:{${userId}}:executor-presences`;
  }

  #recordsKey(userId: string): string {
    return `${this.#prefix}:{${userId}}:executors`;
  }

  get #presentKey(): string {
    return `${this.#prefix}:present-executors`;
  }
}

type ExecutorKey = Pick<ExecutorRecord, 'userId' | 'executorId'>;
/** Which registration a presence belongs to. */
type Registration = Pick<ExecutorRecord, 'registeredAt' | 'credentialId'>;
type StoredPresence = ExecutorPresence & Registration;

function registrationOf({ registeredAt, credentialId }: ExecutorRecord): Registration {
  return { registeredAt, credentialId };
}

/** Neither id can hold a space. */
function toMember({ userId, executorId }: ExecutorKey): string {
  return `${userId} ${executorId}`;
}

function fromMember(member: string): ExecutorKey {
  const [userId = '', executorId = ''] = member.split(' ');
  return { userId, executorId };
}
