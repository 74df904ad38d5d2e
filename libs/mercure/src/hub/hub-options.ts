/** Where the hub reports what no caller hears of. */
export interface HubLogger {
  warn(message: string): void;
  error(message: string, error: unknown): void;
}

export interface MercureHubOptions {
  /** HS256 secret of publishers, at least 32 bytes. Keep it apart from the subscribers' one. */
  readonly publisherKey: Uint8Array;
  /** HS256 secret of subscribers, at least 32 bytes. */
  readonly subscriberKey: Uint8Array;
  /** Silence after which a comment is sent, in milliseconds. */
  readonly heartbeatMs?: number;
  /** Longest life of a stream, in milliseconds; each one draws 80 to 100 % of it. */
  readonly streamMaxMs?: number;
  /** Updates that are kept for subscribers who come back. */
  readonly historySize?: number;
  /** Bytes of updates that are kept. */
  readonly historyBytes?: number;
  /** Updates that may wait for a slow subscriber before it is cut. */
  readonly subscriberBufferSize?: number;
  /** Bytes that may wait for a slow subscriber before it is cut. */
  readonly subscriberBufferBytes?: number;
  /** Open streams; further subscribers are answered 503. */
  readonly maxSubscribers?: number;
  /** Open streams under tokens that grant the same topics; further ones are answered 503, so that nobody keeps all others out. */
  readonly maxSubscribersPerGrant?: number;
  /** Open streams under tokens of one subject (`sub`); further ones are answered 503, so that it keeps out none of those with the same topics. */
  readonly maxSubscribersPerSubject?: number;
  /** Largest publish request, in bytes. */
  readonly bodyBytes?: number;
  /** Whether subscribers without a token receive public updates. */
  readonly anonymous?: boolean;
  /**
   * Asked at each subscription whether whom the token names (`sub`) is still to be let in; false answers 401. A token is good until it expires, and
   * its subject may be out of favour before.
   */
  readonly admit?: (subject: string | undefined) => Promise<boolean>;
  /** Origins of pages that may publish with the cookie, such as `https://app.example.com`. */
  readonly publishOrigins?: readonly string[];
  /** Unix time in milliseconds. */
  readonly now?: () => number;
  /** Evenly from [0, 1). */
  readonly random?: () => number;
  readonly logger?: HubLogger;
}

const MIB = 1024 * 1024;

export const HUB_DEFAULTS = {
  heartbeatMs: 40_000,
  streamMaxMs: 600_000,
  historySize: 1_000,
  historyBytes: 64 * MIB,
  subscriberBufferSize: 1_000,
  subscriberBufferBytes: 16 * MIB,
  maxSubscribers: 10_000,
  maxSubscribersPerGrant: 1_000,
  maxSubscribersPerSubject: 500,
  bodyBytes: 8 * MIB,
  anonymous: false,
  admit: async () => true,
  publishOrigins: [] as readonly string[],
  now: Date.now,
  random: Math.random,
};
