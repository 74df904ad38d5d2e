import type { LimitName } from './named-limits.ts';

/**
 * Port: counts what strangers may try only so often, in every process together. Keys are hashed, so they may be what nobody is to read in Redis. A key
 * that a stranger can make up is counted after their address, or the counters themselves become the attack.
 */
export abstract class RateLimits {
  /**
   * Counts, also when it refuses; a refusal does not make the window longer.
   * @param key what is counted apart, such as an `addressKey`
   * @throws ServonautError `too_many_requests`, with the fact `retry_after_seconds`.
   */
  abstract take(limit: LimitName, key: string, cost?: number): Promise<void>;

  /** Takes back one that was counted, as it turns out not to have been what is limited. The window stays. */
  abstract giveBack(limit: LimitName, key: string): Promise<void>;

  /** Forgets what was counted, as after a success. */
  abstract forgive(limit: LimitName, key: string): Promise<void>;
}
