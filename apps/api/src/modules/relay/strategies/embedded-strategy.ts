import { randomUUID } from 'node:crypto';
import { commandTopic, ServonautError, type CommandRequest } from '@servonaut/contracts';
import { MercureError, type MercureHub } from '@servonaut/mercure';
import type { BridgedUpdate, HubBridge } from './hub-bridge.ts';
import type { HubFacts, PublishOutcome, RelayStrategy } from './relay-strategy.ts';

/** Path of the hub, below the public URL. */
export const HUB_PATH = '/.well-known/mercure';
/**
 * The hub inside the coordinator. With a Redis there may be other coordinators with hubs of their own, and the executor may listen at any of
 * them: an update then goes to all of them, under one id so that a cursor means the same everywhere.
 */
export class EmbeddedStrategy implements RelayStrategy {
  readonly name = 'embedded';
  readonly hub: HubFacts;
  readonly #hub: MercureHub;
  readonly #bridge: HubBridge | null;

  /** @param bridge to the hubs of other coordinators; null for a coordinator that runs alone */
  constructor(hub: MercureHub, facts: HubFacts, bridge: HubBridge | null = null) {
    this.#hub = hub;
    this.hub = facts;
    this.#bridge = bridge;
  }

  /** Resolves when updates of other coordinators arrive. */
  async start(): Promise<void> {
    await this.#bridge?.start((update) => this.#publishHere(update));
  }

  async publish(userId: string, message: CommandRequest): Promise<PublishOutcome> {
    const update = { id: `urn:uuid:${randomUUID()}`, topic: commandTopic(userId), data: JSON.stringify(message) };
    if (this.#bridge) return publishOver(this.#bridge, update);
    this.#publishHere(update);
    return 'taken';
  }

  async check(): Promise<void> {
    await this.#bridge?.check();
  }

  async close(): Promise<void> {
    this.#bridge?.close();
    this.#hub.close();
  }

  #publishHere({ id, topic, data }: BridgedUpdate): void {
    try {
      this.#hub.publish({ id, topics: [topic], data, private: true });
    } catch (error) {
      throw error instanceof MercureError ? new ServonautError('relay_unavailable', { cause: error }) : error;
    }
  }
}

/** A Redis that does not answer may still have passed the update on. */
async function publishOver(bridge: HubBridge, update: BridgedUpdate): Promise<PublishOutcome> {
  try {
    await bridge.publish(update);
    return 'taken';
  } catch (error) {
    if (error instanceof ServonautError && error.code === 'unavailable') return 'uncertain';
    throw error;
  }
}
