import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { duplicateForCommands, orUnavailable } from '../redis-availability.ts';
import { RedisUserIndex } from '../redis-user-index.ts';
import { ENDED_RUN_MS, ExecutorStore } from './executor-store.ts';
import {
  asOffline,
  runOf,
  type Executor,
  type ExecutorPresence,
  type ExecutorRecord,
  type Holder,
} from './executor-record.ts';

/** How long an executor that nobody hears of is remembered, in milliseconds. */
const REMEMBERED_MS = ENDED_RUN_MS;
/** Registrations kept parsed: a manifest of 2,000 servers must not be read for every call. */
const PARSED_REGISTRATIONS = 5_000;

/** Looking and taking are one step: a heartbeat that came between them would be lost. KEYS present · ARGV greatest score. */
const TAKE_SILENT = `
local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return silent`;

/**
 * Executors of coordinators that share a Redis. Of each user: a hash of presences, with the runs that are over (small, read for every call), and a
 * hash of registrations (large, read when their time is new). Across users: a sorted set of the present ones by when they were last seen, who has
 * any, and whose each one is.
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
    const [presences, isRegistered] = await orUnavailable(
      Promise.all([
        this.#redis.hgetall(this.#presencesKey(userId)),
        this.#redis.hexists(this.#recordsKey(userId), executorId),
      ]),
    );
    // A heartbeat that crossed `forget` has left a presence without a registration.
    const text = presences[executorId];
    if (!text || !isRegistered) return undefined;
    const { registeredAt, credentialId, run, ...before } = JSON.parse(text) as StoredPresence;
    if (credentialId !== by) return undefined;
    if (isOver(run, presences)) return 'ended';
    await this.#writePresence({ userId, executorId }, { ...presence, registeredAt, credentialId, run });
    return before;
  }

  async endRun(record: ExecutorRecord): Promise<void> {
    const { userId, executorId } = record;
    const run = runOf(record);
    if (run === null) return;
    const key = this.#presencesKey(userId);
    await this.#forgetOldEnds(key);
    await orUnavailable(
      Promise.all([
        this.#redis.hset(key, endedField(run), Date.now()),
        this.#redis.zrem(this.#presentKey, toMember({ userId, executorId })),
        this.#redis.pexpire(key, REMEMBERED_MS),
      ]),
    );
  }

  async hasEnded({ userId, publicKey }: Pick<ExecutorRecord, 'userId' | 'publicKey'>): Promise<boolean> {
    const run = runOf({ publicKey });
    if (run === null) return false;
    const field = endedField(run);
    const endedAt = await orUnavailable(this.#redis.hget(this.#presencesKey(userId), field));
    return endedAt !== null && isOver(run, { [field]: endedAt });
  }

  async userOf(executorId: string): Promise<string | undefined> {
    return (await orUnavailable(this.#redis.get(this.#userKey(executorId)))) ?? undefined;
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
        return record && (isOver(run, presences) ? asOffline({ record, presence }) : { record, presence });
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
        ...executorIds.map((executorId) => this.#forgetUser(userId, executorId)),
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
        this.#redis.set(this.#userKey(executorId), userId, 'PX', REMEMBERED_MS),
      ]),
    );
  }

  /** Only of an executor that is the user's: the ids may be anybody's. */
  async #forgetUser(userId: string, executorId: string): Promise<void> {
    if ((await this.userOf(executorId)) === userId) await this.#redis.del(this.#userKey(executorId));
  }

  async #forgetOldEnds(key: string): Promise<void> {
    const fields = Object.entries(await orUnavailable(this.#redis.hgetall(key)));
    const old = fields.filter(([field, at]) => field.startsWith(ENDED) && Number(at) <= Date.now() - ENDED_RUN_MS);
    if (old.length > 0) await orUnavailable(this.#redis.hdel(key, ...old.map(([field]) => field)));
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

  #userKey(executorId: string): string {
    return `${this.#prefix}:executor-user:${executorId}`;
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

/** Before the name of a run that is over: the instant of its end. No id of an executor holds a space. */
const ENDED = 'ended ';

function endedField(run: string): string {
  return ENDED + run;
}

function isOver(run: string | null, fields: Readonly<Record<string, string>>): boolean {
  const endedAt = run === null ? undefined : fields[endedField(run)];
  return endedAt !== undefined && Number(endedAt) > Date.now() - ENDED_RUN_MS;
}

/** Neither id can hold a space. */
function toMember({ userId, executorId }: ExecutorKey): string {
  return `${userId} ${executorId}`;
}

function fromMember(member: string): ExecutorKey {
  const [userId = '', executorId = ''] = member.split(' ');
  return { userId, executorId };
}
