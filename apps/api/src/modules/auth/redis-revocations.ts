import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Revocations, type Revocation } from './revocations.ts';

/**
 * Says it in every process that shares the Redis: here at once, elsewhere as fast as Redis is. What was said while a process could not hear, it
 * learns from the database: hence `missed` each time that it has begun to listen.
 */
export class RedisRevocations extends Revocations implements OnApplicationShutdown {
  readonly #channel: string;
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #logger = new Logger(RedisRevocations.name);

  /** @param redis stays the caller's to close */
  constructor(redis: Redis, prefix = 'servonaut') {
    super();
    this.#channel = `${prefix}:revocations`;
    this.#publisher = redis;
    this.#subscriber = redis.duplicate({ autoResubscribe: false });
    this.#subscriber.on('message', (_, text: string) => this.#hear(text));
    this.#subscriber.on('ready', () => void this.#listen());
    this.#subscriber.on('error', (error: Error) => this.#logger.debug(`not listening: ${error.message}`));
  }

  override announce(revocation: Revocation): void {
    super.announce(revocation);
    this.#publisher
      .publish(this.#channel, JSON.stringify(revocation))
      .catch((error: Error) => this.#logger.warn(`other coordinators not told of a revocation: ${error.message}`));
  }

  onApplicationShutdown(): void {
    this.#subscriber.disconnect();
  }

  async #listen(): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#channel);
      this.missed();
    } catch (error) {
      // The connection is gone again, and its return brings us here again.
      this.#logger.debug(`not listening: ${(error as Error).message}`);
    }
  }

  #hear(text: string): void {
    try {
      super.announce(JSON.parse(text) as Revocation);
    } catch (error) {
      this.#logger.error(`revocation not understood: ${(error as Error).message}`);
    }
  }
}
