import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { duplicateForCommands, orUnavailable } from '../redis-availability.ts';
import { ExecutorStore, MAX_EXECUTORS_PER_USER } from './executor-store.ts';
import type { Executor, ExecutorPresence, ExecutorRecord, Holder } from './executor-record.ts';

/** How long an executor that nobody hears of is remembered, in milliseconds. */
const REMEMBERED_MS = 30 * 86_400_000;
/** Registrations kept parsed: a manifest of 2,000 servers must not be read for every call. */
const PARSED_REGISTRATIONS = 5_000;

/**
 * `mayReplace`, and the taking, in one step. KEYS holder · ARGV user, credential, hash of the secret or '', lifetime in ms. 1 when taken, 0
 * when another holds the id.
 */
const CLAIM_EXECUTOR = `
local user, credential, secret = unpack(redis.call('HMGET', KEYS[1], 'user', 'credential', 'secret'))
local known = credential == ARGV[2] or (secret ~= '' and secret == ARGV[3])
if user and not (user == ARGV[1] and known) then return 0 end
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'credential', ARGV[2], 'secret', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`;

/** Looking and taking are one step: a heartbeat that came between them would be lost. KEYS present · ARGV greatest score. */
const TAKE_SILENT = `
local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return silent`;

/**
 * Executors of coordinators that share a Redis. Of each user: a hash of presences (small, read for every call) and a hash of registrations
 * (large, read when their time is new). Across users: who holds an id, and a sorted set of the present ones by when they were last seen.
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
    await this.#writePresence(record, { ...presence, ...registrationOf(record) });
    await this.#forgetOldest(record.userId);
    return true;
  }

  async setPresence(
    { userId, credentialId: by }: Holder,
    executorId: string,
    presence: ExecutorPresence,
  ): Promise<ExecutorPresence | undefined> {
    const text = await orUnavailable(this.#redis.hget(this.#presencesKey(userId), executorId));
    if (text === null) return undefined;
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

  async #claim({ userId, executorId, credentialId, secretHash }: ExecutorRecord): Promise<boolean> {
    const key = this.#holderKey(executorId);
    const holder = [userId, credentialId, secretHash ?? ''];
    return (await orUnavailable(this.#redis.eval(CLAIM_EXECUTOR, 1, key, ...holder, REMEMBERED_MS))) === 1;
  }

  async #writePresence({ userId, executorId }: ExecutorKey, presence: StoredPresence): Promise<void> {
    const member = toMember({ userId, executorId });
    await orUnavailable(
      Promise.all([
        this.#redis.hset(this.#presencesKey(userId), executorId, JSON.stringify(presence)),
        presence.state === 'offline'
          ? this.#redis.zrem(this.#presentKey, member)
          : this.#redis.zadd(this.#presentKey, presence.lastSeenAt, member),
        this.#redis.pexpire(this.#holderKey(executorId), REMEMBERED_MS),
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

  async #forgetOldest(userId: string): Promise<void> {
    const executors = await this.list(userId);
    const unseen = executors
      .toSorted((a, b) => b.presence.lastSeenAt - a.presence.lastSeenAt)
      .slice(MAX_EXECUTORS_PER_USER);
    for (const { record } of unseen) {
      await orUnavailable(this.#redis.hdel(this.#presencesKey(userId), record.executorId));
      await orUnavailable(this.#redis.hdel(this.#recordsKey(userId), record.executorId));
      await orUnavailable(this.#redis.del(this.#holderKey(record.executorId)));
    }
  }

  #presencesKey(userId: string): string {
    return `${this.#prefix}:{${userId}}:executor-presences`;
  }

  #recordsKey(userId: string): string {
    return `${this.#prefix}:{${userId}}:executors`;
  }

  #holderKey(executorId: string): string {
    return `${this.#prefix}:executor-holder:${executorId}`;
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
