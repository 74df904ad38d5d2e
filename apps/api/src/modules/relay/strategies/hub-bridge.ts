import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Redis } from 'ioredis';
import { duplicateForCommands, duplicateForMessages, orUnavailable } from '../redis-availability.ts';

/** An update on its way to every embedded hub; the id is made once, so that a cursor means the same at each of them. */
export interface BridgedUpdate {
  readonly id: string;
  readonly topic: string;
  readonly data: string;
}

/** Ties the embedded hubs of several coordinators together through Redis. */
export class HubBridge {
  readonly #channel: string;
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #logger = new Logger(HubBridge.name);

  /** @param redis is duplicated, and stays the caller's to close */
  constructor(redis: Redis, prefix = 'servonaut') {
    this.#channel = `${prefix}:hub-updates`;
    this.#publisher = duplicateForCommands(redis);
    this.#subscriber = duplicateForMessages(redis);
  }

  /** Resolves when updates arrive, those of this process included. */
  async start(onUpdate: (update: BridgedUpdate) => void): Promise<void> {
    this.#subscriber.on('message', (_, text: string) => this.#receive(text, onUpdate));
    await this.#subscriber.subscribe(this.#channel);
  }

  /** @throws ServonautError `relay_unavailable` when no hub listens, as for a moment after Redis was away */
  async publish(update: BridgedUpdate): Promise<void> {
    const hubs = await orUnavailable(this.#publisher.publish(this.#channel, JSON.stringify(update)));
    if (hubs === 0) throw nobodyListens();
  }

  /** @throws ServonautError as `publish` */
  async check(): Promise<void> {
    const [, hubs] = (await orUnavailable(this.#publisher.pubsub('NUMSUB', this.#channel))) as [string, number];
    if (hubs === 0) throw nobodyListens();
  }

  close(): void {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }

  /** Nobody waits for this hub's answer: one that is closing has no subscribers left. */
  #receive(text: string, onUpdate: (update: BridgedUpdate) => void): void {
    try {
      onUpdate(JSON.parse(text) as BridgedUpdate);
    } catch (error) {
      this.#logger.warn(`update not passed on: ${(error as Error).message}`);
    }
  }
}

function nobodyListens(): ServonautError {
  return new ServonautError('relay_unavailable', { detail: 'no coordinator listens on the bridge' });
}
