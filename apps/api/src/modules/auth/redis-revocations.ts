import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Retries } from '../../platform/retries/retries.ts';
import { REVOCATION_ECHO_MS, Revocations, type Revocation } from './revocations.ts';

/** How it looks on the channel that users may do something else than before. */
const CHANGE = { changed: 'users' };

/** What was revoked at the instant or later. */
type RevokedSince = (instant: Date) => Promise<readonly Revocation[]>;

/**
 * Says it in every process that shares the Redis: here at once, elsewhere as fast as Redis is. What was said while a process could not hear, it
 * learns from the database: hence `missed` each time that it has begun to listen, and what was revoked lately is announced here once more.
 */
export class RedisRevocations extends Revocations implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #channel: string;
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #revokedSince: RevokedSince;
  readonly #retries = new Retries(RedisRevocations.name);
  readonly #logger = new Logger(RedisRevocations.name);

  /** @param redis stays the caller's to close */
  constructor(redis: Redis, revokedSince: RevokedSince, prefix = 'servonaut') {
    super();
    this.#revokedSince = revokedSince;
    this.#channel = `${prefix}:revocations`;
    this.#publisher = redis;
    this.#subscriber = redis.duplicate({ autoResubscribe: false });
    this.#subscriber.on('message', (_, text: string) => this.#hear(text));
    this.#subscriber.on('ready', () => void this.#listen());
    this.#subscriber.on('error', (error: Error) => this.#logger.debug(`not listening: ${error.message}`));
  }

  override announce(revocation: Revocation): void {
    super.announce(revocation);
    const { takenBack: _, ...told } = revocation;
    this.#tell(told);
  }

  override announceChange(): void {
    super.announceChange();
    this.#tell(CHANGE);
  }

  /** Who is to act on it may not have been there yet when this began to listen. */
  onApplicationBootstrap(): void {
    void this.#catchUp();
  }

  onApplicationShutdown(): void {
    this.#retries.close();
    this.#subscriber.disconnect();
  }

  #tell(message: Revocation | typeof CHANGE): void {
    this.#publisher
      .publish(this.#channel, JSON.stringify(message))
      .catch((error: Error) => this.#logger.warn(`other coordinators not told of a revocation: ${error.message}`));
  }

  async #listen(): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#channel);
      this.missed();
      void this.#catchUp();
    } catch (error) {
      // The connection is gone again, and its return brings us here again.
      this.#logger.debug(`not listening: ${(error as Error).message}`);
    }
  }

  async #catchUp(): Promise<void> {
    const since = new Date(Date.now() - REVOCATION_ECHO_MS);
    await this.#retries.run('reading the latest revocations', Date.now() + REVOCATION_ECHO_MS, async () => {
      for (const revocation of await this.#revokedSince(since)) super.announce(revocation);
    });
  }

  #hear(text: string): void {
    try {
      const heard = JSON.parse(text) as Revocation | typeof CHANGE;
      if ('changed' in heard) super.announceChange();
      else super.announce(heard);
    } catch (error) {
      this.#logger.error(`revocation not understood: ${(error as Error).message}`);
    }
  }
}
