import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Redis } from 'ioredis';
import { CallCounters, isWindowed, windowAt, type Count, type CountedCall, type Taken } from './call-counters.ts';
import { GIVE_BACK_CALL, TAKE_CALL } from './redis-scripts.ts';

/** Longest that a call waits to be counted, in milliseconds; then it is refused. */
const REDIS_TIMEOUT_MS = 2_000;
/** How much longer than its window a count is kept, in milliseconds: another process may have a clock that is behind. */
const KEPT_LONGER_MS = 60_000;

/** Counts of all coordinators that share a Redis. While it is away nothing is counted, and so nothing is called. */
export class RedisCallCounters extends CallCounters implements OnApplicationShutdown {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #logger = new Logger('CallCounters');

  /** @param redis is duplicated, and stays the caller's to close. On the duplicate nothing waits for a Redis that is away, or is sent twice. */
  constructor(redis: Redis, prefix = 'servonaut') {
    super();
    this.#prefix = prefix;
    this.#redis = redis
      .duplicate({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: REDIS_TIMEOUT_MS })
      .on('error', (error: Error) => this.#logger.debug(error.message));
  }

  /** Resolves when the connection is there. */
  async start(): Promise<void> {
    if (this.#redis.status === 'ready') return;
    await new Promise<void>((resolve) => this.#redis.once('ready', resolve));
  }

  async take<C extends Count>({ id, counts, repeats, at, overBy }: CountedCall<C>): Promise<Taken<C>> {
    const keys = [this.#key(`repeats:${repeats?.key ?? ''}`), ...counts.map((count) => this.#keyOf(count, at))];
    const limits = counts.flatMap((count) => [count.limit, keptMs(count, at)]);
    const { most = 0, withinMs = 0, pauseMs = 0 } = repeats ?? {};
    const answer = await this.#redis
      .eval(TAKE_CALL, keys.length, ...keys, at, id, overBy, most, withinMs, pauseMs, ...limits)
      .then(Number, unavailable);
    if (answer < 0) return { outcome: 'repeated', waitMs: -answer };
    const full = counts[answer - 1];
    return full ? { outcome: 'full', count: full } : { outcome: 'taken' };
  }

  async used(counts: readonly Count[], at: number): Promise<readonly number[]> {
    const asked = counts.map((count) => {
      const key = this.#keyOf(count, at);
      return isWindowed(count.window) ? this.#redis.get(key) : this.#redis.zcount(key, `(${at}`, '+inf');
    });
    return Promise.all(asked).then((answers) => answers.map(Number), unavailable);
  }

  release(call: CountedCall): void {
    this.#giveBack(call, ({ window }) => !isWindowed(window));
  }

  refund(call: CountedCall): void {
    this.#giveBack(call, () => true);
  }

  onApplicationShutdown(): void {
    this.#redis.disconnect();
  }

  /** Nobody waits: what the same process takes next is counted after it, and what is lost with Redis expires by itself. */
  #giveBack({ id, counts: all, at }: CountedCall, isMeant: (count: Count) => boolean): void {
    const counts = all.filter(isMeant);
    if (counts.length === 0) return;
    const keys = counts.map((count) => this.#keyOf(count, at));
    const goDown = counts.map(({ window }) => (isWindowed(window) ? '1' : '0'));
    this.#redis
      .eval(GIVE_BACK_CALL, keys.length, ...keys, id, ...goDown)
      .catch((error: Error) => this.#logger.warn(`call ${id} counts until it expires: ${error.message}`));
  }

  #keyOf({ key, window }: Count, at: number): string {
    return this.#key(isWindowed(window) ? `${key}:${window}:${windowAt(window, at).number}` : `${key}:${window}`);
  }

  #key(name: string): string {
    return `${this.#prefix}:{entitlements}:${name}`;
  }
}

function unavailable(cause: unknown): never {
  throw new ServonautError('unavailable', { cause, detail: 'calls cannot be counted' });
}

/** 0 for calls that run, each of which has an end of its own. */
function keptMs({ window }: Count, at: number): number {
  return isWindowed(window) ? windowAt(window, at).endsAt - at + KEPT_LONGER_MS : 0;
}
