import type { CommandRequest } from '@servonaut/contracts';

/** Injection token of the `RelayStrategy` that the configuration chose. */
export const RELAY_STRATEGY = Symbol('RelayStrategy');

/** Where and how an executor of this user listens. */
export interface HubFacts {
  /** As executors reach it. */
  readonly hubUrl: string;
  /** HS256 key with which the hub checks subscriber tokens. */
  readonly subscriberKey: Uint8Array;
}

/** `uncertain`: the hub did not answer, so that the executor may have the request or not. */
export type PublishOutcome = 'taken' | 'uncertain';

/** How a request reaches an executor. */
export interface RelayStrategy {
  readonly name: 'embedded' | 'mercure';
  readonly hub: HubFacts;
  /**
   * Publishes to the private topic of the user.
   * @throws ServonautError `relay_unavailable`: the hub certainly did not take it.
   */
  publish(userId: string, message: CommandRequest): Promise<PublishOutcome>;
  /** @throws when requests cannot be published now */
  check(): Promise<void>;
  close(): Promise<void>;
}
