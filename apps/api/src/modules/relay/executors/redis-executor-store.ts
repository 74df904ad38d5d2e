import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { duplicateForCommands, orUnavailable } from '../redis-availability.ts';
import { RedisUserIndex } from '../redis-user-index.ts';
import { ExecutorStore } from './executor-store.ts';
import {
  asOffline,
  runOf,
  type Executor,
  type ExecutorPresence,
  type ExecutorRecord,
  type Holder,
} from './executor-record.ts';

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
 * Executors of coordinators that share a Redis. Of each user: a hash of presences, with the runs that are over (small, read for every call), and a
 * hash of registrations (large, read when their time is new). Across users: a sorted set of the present ones by when they were last seen, and who
 * has any.
 */
export class RedisExecutorStore extends ExecutorStore {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #users: RedisUserIndex;
  readonly #records = new LRUCache<string, ExecutorRecord>({ max: PARSED_REGISTRATIONS });

  /** @param redis is duplicated, and stays the caller's to close */
  constructor(redis: Redis, prefix = 'servonaut') {
    super();
    this.#prefix = prefix;
    this.#redis = duplicateForCommands(redis);
    this.#users = new RedisUserIndex(this.#redis, `${prefix}:executor-users`, (userId) => this.#recordsKey(userId));
  }

  async register(record: ExecutorRecord, presence: ExecutorPresence): Promise<void> {
    await orUnavailable(this.#redis.hset(this.#recordsKey(record.userId), record.executorId, JSON.stringify(record)));
    await Promise.all([
      this.#writePresence(record, { ...presence, ...registrationOf(record) }),
      this.#users.add(record.userId),
    ]);
  }

  async setPresence(
    { userId, credentialId: by }: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | 'ended' | undefined> {
    const [[text, ended], isRegistered] = await orUnavailable(
      Promise.all([
        this.#redis.hmget(this.#presencesKey(userId), executorId, endedField(executorId)),
        this.#redis.hexists(this.#recordsKey(userId), executorId),
      ]),
    );
    // A heartbeat that crossed `forget` has left a presence without a registration.
    if (!text || !isRegistered) return undefined;
    const { registeredAt, credentialId, run, ...before } = JSON.parse(text) as StoredPresence;
    if (credentialId !== by) return undefined;
    if (run && run === ended) return 'ended';
    await this.#writePresence({ userId, executorId }, { ...presence, registeredAt, credentialId, run });
    return before;
  }

  async endRun(record: ExecutorRecord): Promise<void> {
    const { userId, executorId } = record;
    const run = runOf(record);
    if (run === null) return;
    const key = this.#presencesKey(userId);
    await orUnavailable(
      Promise.all([
        this.#redis.hset(key, endedField(executorId), run),
        this.#redis.zrem(this.#presentKey, toMember({ userId, executorId })),
        this.#redis.pexpire(key, REMEMBERED_MS),
      ]),
    );
  }

  async hasEnded(record: ExecutorRecord): Promise<boolean> {
    const run = runOf(record);
    const ended = this.#redis.hget(this.#presencesKey(record.userId), endedField(record.executorId));
    return (await orUnavailable(ended)) === run && run !== null;
  }

  users(after: string, limit: number): Promise<readonly string[]> {
    return this.#users.list(after, limit);
  }

  async list(userId: string): Promise<readonly Executor[]> {
    const presences = await orUnavailable(this.#redis.hgetall(this.#presencesKey(userId)));
    const ids = Object.keys(presences).filter((field) => !field.startsWith(ENDED));
    const executors = await Promise.all(
      ids.map(async (executorId) => {
        const { run, registeredAt, credentialId, ...presence } = JSON.parse(
          presences[executorId] ?? '',
        ) as StoredPresence;
        const record = await this.#record({ userId, executorId }, { registeredAt, credentialId });
        const isOver = run && run === presences[endedField(executorId)];
        return record && (isOver ? asOffline({ record, presence }) : { record, presence });
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
        this.#redis.hdel(this.#presencesKey(userId), ...executorIds, ...executorIds.map(endedField)),
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
    { registeredAt, credentialId }: Omit<Registration, 'run'>,
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
/** Which registration a presence belongs to, and which run (see `runOf`). */
type Registration = Pick<ExecutorRecord, 'registeredAt' | 'credentialId'> & { readonly run: string | null };
type StoredPresence = ExecutorPresence & Registration;

function registrationOf(record: ExecutorRecord): Registration {
  const { registeredAt, credentialId } = record;
  return { registeredAt, credentialId, run: runOf(record) };
}

/** Before the id of an executor, which holds no space: the run of it that is over. */
const ENDED = 'ended ';

function endedField(executorId: string): string {
  return ENDED + executorId;
}

/** Neither id can hold a space. */
function toMember({ userId, executorId }: ExecutorKey): string {
  return `${userId} ${executorId}`;
}

function fromMember(member: string): ExecutorKey {
  const [userId = '', executorId = ''] = member.split(' ');
  return { userId, executorId };
}
