import { createHash } from 'node:crypto';
import type { OnApplicationShutdown } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Redis } from 'ioredis';
import { MemorySessionRouter } from './memory-session-router.ts';
import { addressKey, SessionRouter, type SessionAddress } from './session-router.ts';

/** Longest wait for Redis before an agent is told to try again, in milliseconds. */
const ROUTE_TIMEOUT_MS = 2_000;

/**
 * For several processes: each session has a channel of its own, and Redis counts who got a message. The owner is part of the channel's name,
 * so an unknown session, one whose process has died and one of somebody else are the same: nobody listens. Nothing has to be kept or cleaned
 * up. In a Redis Cluster the count would be that of one node; this is for a single one or one with replicas.
 */
export class RedisSessionRouter extends SessionRouter implements OnApplicationShutdown {
  readonly #here = new MemorySessionRouter();
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #receivers = new Map<string, (message: unknown) => void>();

  constructor(redis: Redis) {
    super();
    this.#publisher = redis.duplicate({ commandTimeout: ROUTE_TIMEOUT_MS });
    this.#subscriber = redis.duplicate({ commandTimeout: ROUTE_TIMEOUT_MS });
    this.#subscriber.on('message', (channel, text) => this.#receivers.get(channel)?.(JSON.parse(text)));
    // The shared connection logs that Redis is away; without a listener these two would end the process.
    for (const connection of [this.#publisher, this.#subscriber]) connection.on('error', () => undefined);
  }

  async listen(address: SessionAddress, receive: (message: unknown) => void): Promise<() => Promise<void>> {
    const channel = channelOf(address);
    this.#receivers.set(channel, receive);
    const forget = await this.#here.listen(address, receive);
    const stop = async () => {
      this.#receivers.delete(channel);
      await forget();
      await this.#subscriber.unsubscribe(channel).catch(() => undefined);
    };
    await this.#subscriber.subscribe(channel).catch(async (cause: unknown) => {
      await stop();
      throw unavailable(cause);
    });
    return stop;
  }

  async send(address: SessionAddress, message: unknown): Promise<boolean> {
    if (await this.#here.send(address, message)) return true;
    const takers = await this.#publisher
      .publish(channelOf(address), JSON.stringify(message))
      .catch((cause: unknown) => {
        throw unavailable(cause);
      });
    return takers > 0;
  }

  /** After the sessions have ended, which still need it. */
  onApplicationShutdown(): void {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }
}

/** Hashed, so that a session id, which is as good as half a key, does not show in `PUBSUB CHANNELS`. */
function channelOf(address: SessionAddress): string {
  return `servonaut:mcp:session:${createHash('sha256').update(addressKey(address)).digest('base64url')}`;
}

function unavailable(cause: unknown): ServonautError {
  return new ServonautError('unavailable', { detail: 'Redis did not answer the session router', cause });
}
