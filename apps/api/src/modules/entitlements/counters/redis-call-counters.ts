import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Redis } from 'ioredis';
import { Retries } from '../../../platform/retries/retries.ts';
import {
  CallCounters,
  isWindowed,
  WINDOW_MS,
  type Count,
  type CountedCall,
  type Taken,
  type Used,
} from './call-counters.ts';
import { END_CALL, PROLONG_CALL, READ_COUNTS, TAKE_BACK_CALL, TAKE_CALL } from './redis-scripts.ts';

/** Longest that a call waits to be counted, in milliseconds; then it is refused. */
const REDIS_TIMEOUT_MS = 2_000;

export interface RedisCallCountersOptions {
  /** Of all keys. */
  readonly prefix?: string;
  /** Milliseconds since the epoch. Default: by the clock of Redis, which is the same for all coordinators. */
  readonly now?: () => number;
}

/** Counts of all coordinators that share a Redis. While it is away nothing is counted, and so nothing is called. */
export class RedisCallCounters extends CallCounters implements OnApplicationShutdown {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #now: (() => number) | undefined;
  readonly #logger = new Logger('CallCounters');
  readonly #retries = new Retries('CallCounters');

  /** @param redis is duplicated, and stays the caller's to close. On the duplicate nothing waits for a Redis that is away, or is sent twice. */
  constructor(redis: Redis, { prefix = 'servonaut', now }: RedisCallCountersOptions = {}) {
    super();
    this.#prefix = prefix;
    this.#now = now;
    this.#redis = redis
      .duplicate({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: REDIS_TIMEOUT_MS })
      .on('error', (error: Error) => this.#logger.debug(error.message));
  }

  /** Resolves when the connection is there. */
  async start(): Promise<void> {
    if (this.#redis.status === 'ready') return;
    await new Promise<void>((resolve) => this.#redis.once('ready', resolve));
  }

  async take<C extends Count>(call: CountedCall<C>): Promise<Taken<C>> {
    const { id, counts, repeats, lastsMs } = call;
    const keys = this.#keysOfAll(call);
    const limits = counts.flatMap((count) => [count.limit, windowMs(count)]);
    const { most = 0, withinMs = 0, pauseMs = 0 } = repeats ?? {};
    // Not sent, so that there is nothing to take back.
    if (this.#redis.status !== 'ready') return unavailable(new Error(`the connection is ${this.#redis.status}`));
    const [at, answer = 0] = await this.#eval(TAKE_CALL, keys, [
      this.#instant(),
      id,
      lastsMs,
      most,
      withinMs,
      pauseMs,
      ...limits,
    ]).catch((cause: unknown) => {
      this.#takeBack(call, { wasMade: false });
      return unavailable(cause);
    });
    if (answer < 0) return { outcome: 'repeated', waitMs: -answer };
    const full = counts[answer - 1];
    return full ? { outcome: 'full', count: full, at } : { outcome: 'taken' };
  }

  async used(counts: readonly Count[]): Promise<Used> {
    const args = [this.#instant(), ...counts.map(windowMs)];
    const [at, ...used] = await this.#eval(READ_COUNTS, this.#keysOf(counts), args).catch(unavailable);
    return { at, used };
  }

  release({ id, counts, lastsMs }: CountedCall, withinMs = 0): void {
    if (counts.length === 0) return;
    const keys = [this.#keyOfCall(id), ...this.#keysOf(counts.filter(({ window }) => !isWindowed(window)))];
    this.#giveBack(id, lastsMs, () => this.#eval(END_CALL, keys, [this.#instant(), id, withinMs]));
  }

  /** Not tried again: it would undo that the call is stopped, which may be said meanwhile. */
  prolong({ id, counts }: CountedCall, lastsMs: number): void {
    if (counts.length === 0) return;
    const keys = [this.#keyOfCall(id), ...this.#keysOf(counts.filter(({ window }) => !isWindowed(window)))];
    const args = [this.#instant(), id, Math.ceil(lastsMs)];
    void this.#retries.run(`prolonging call ${id}`, Date.now(), () => this.#eval(PROLONG_CALL, keys, args));
  }

  refund(call: CountedCall): void {
    if (call.counts.length > 0) this.#takeBack(call, { wasMade: true });
  }

  onApplicationShutdown(): void {
    this.#retries.close();
    this.#redis.disconnect();
  }

  /** @param wasMade whether it stays among those of which a loop is made, as one does that found nobody to run it */
  #takeBack(call: CountedCall, { wasMade }: { wasMade: boolean }): void {
    const { id, counts, lastsMs } = call;
    const args = [id, lastsMs, wasMade ? 0 : 1, ...counts.map(windowMs)];
    this.#giveBack(id, lastsMs, () => this.#eval(TAKE_BACK_CALL, this.#keysOfAll(call), args));
  }

  /**
   * Nobody waits: what the same process takes next is counted after it. It may be done twice, so what fails is tried again until the call is over in any
   * case.
   */
  #giveBack(id: string, lastsMs: number, work: () => Promise<unknown>): void {
    void this.#retries.run(`giving back call ${id}`, Date.now() + lastsMs, work);
  }

  /** One that is not answered in time ends the connection, so that nothing piles up behind it: the next one fails at once, or is answered. */
  async #eval(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<Numbers> {
    try {
      return (await this.#redis.eval(script, keys.length, ...keys, ...args)) as Numbers;
    } catch (error) {
      if (error instanceof Error && error.message === TIMED_OUT) this.#redis.disconnect(true);
      throw error;
    }
  }

  /** Empty for that of Redis. */
  #instant(): number | string {
    return this.#now?.() ?? '';
  }

  #keysOf(counts: readonly Count[]): string[] {
    return counts.map(({ key, window }) => this.#key(`${key}:${window}`));
  }

  #keysOfAll({ id, counts, repeats }: CountedCall): string[] {
    return [this.#keyOfCall(id), this.#key(`repeats:${repeats?.key ?? ''}`), ...this.#keysOf(counts)];
  }

  #keyOfCall(id: string): string {
    return this.#key(`call:${id}`);
  }

  #key(name: string): string {
    return `${this.#prefix}:{entitlements}:${name}`;
  }
}

/** What scripts answer. */
type Numbers = readonly [number, ...number[]];

/** What the client says of a command that had no answer within its time. */
const TIMED_OUT = 'Command timed out';

function unavailable(cause: unknown): never {
  throw new ServonautError('unavailable', { cause, detail: 'calls cannot be counted' });
}

/** 0 for calls that run, each of which has an end of its own. */
function windowMs({ window }: Count): number {
  return isWindowed(window) ? WINDOW_MS[window] : 0;
}
