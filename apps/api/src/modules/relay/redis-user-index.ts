import type { Redis } from 'ioredis';
import { orUnavailable } from './redis-availability.ts';

/**
 * Which users have something, for whoever has to look at all of them: a sorted set that is read by name. What a user has goes by itself with time, and
 * the user's name when it is met without it.
 */
export class RedisUserIndex {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #keyOf: (userId: string) => string;

  /** @param keyOf where that is, of a user */
  constructor(redis: Redis, key: string, keyOf: (userId: string) => string) {
    this.#redis = redis;
    this.#key = key;
    this.#keyOf = keyOf;
  }

  async add(userId: string): Promise<void> {
    await orUnavailable(this.#redis.zadd(this.#key, 0, userId));
  }

  /** Of those after that name, at most so many; fewer, and yet not the last, when some have nothing any more. */
  async list(after: string, limit: number): Promise<readonly string[]> {
    for (let last = after; ;) {
      const users = await orUnavailable(
        this.#redis.zrange(this.#key, last === '' ? '-' : `(${last}`, '+', 'BYLEX', 'LIMIT', 0, limit),
      );
      const there = await orUnavailable(Promise.all(users.map((userId) => this.#redis.exists(this.#keyOf(userId)))));
      const gone = users.filter((_, index) => there[index] === 0);
      if (gone.length > 0) await orUnavailable(this.#redis.zrem(this.#key, ...gone));
      if (gone.length < users.length || users.length < limit) return users.filter((_, index) => there[index] === 1);
      last = users.at(-1) ?? last;
    }
  }
}
