import { MercureError } from './mercure-error.ts';

/** One update as a publisher hands it to a hub. */
export interface Update {
  /** 1 to 1,000 topics; the first is the canonical one, the others are its alternates. */
  readonly topics: readonly string[];
  readonly data: string;
  /** Only for subscribers whose token grants one of the topics. */
  readonly private: boolean;
  /** Without CR, LF and NUL. Made when absent. */
  readonly id?: string;
  /** Event type, without CR, LF and NUL. */
  readonly type?: string;
  /** Reconnection time to suggest to subscribers, an unsigned 64-bit count of milliseconds; 0 is the same as none. */
  readonly retry?: number | bigint;
}

/** Bounds of the protocol that the reference hub sets as well: they keep one request from causing quadratic matching. */
export const PROTOCOL_LIMITS = {
  /** Topics of one update. */
  topicsPerUpdate: 1_000,
  /** Selectors of one subscription. */
  selectorsPerSubscription: 1_000,
  /** Selectors of one grant in a token. */
  selectorsPerGrant: 1_000,
} as const;

/** Topics that only a hub itself may speak on. */
const RESERVED_TOPIC = '/.well-known/mercure';
// CR and LF would let a publisher write fields of its own into the streams of others (CWE-93).
// oxlint-disable-next-line no-control-regex
const FIELD_BREAKERS = /[\0\r\n]/;

/**
 * Checks what would let one publisher harm others' streams.
 * @throws MercureError `invalid` with status 400, or 403 for a reserved topic.
 */
export function assertValidUpdate(update: Update): void {
  if (update.topics.length === 0) throw invalid('Missing "topic" parameter');
  if (update.topics.length > PROTOCOL_LIMITS.topicsPerUpdate) throw invalid('too many topics in update');
  if (update.topics.some((topic) => topic.includes(RESERVED_TOPIC))) throw invalid('the topic is reserved', 403);
  if (update.id !== undefined && FIELD_BREAKERS.test(update.id)) throw invalid('"id" holds a forbidden character');
  if (update.type !== undefined && FIELD_BREAKERS.test(update.type))
    throw invalid('"type" holds a forbidden character');
  if (update.retry !== undefined && !isUint64(update.retry)) throw invalid('Invalid "retry" parameter');
}

function isUint64(value: number | bigint): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return value === BigInt.asUintN(64, value);
}

function invalid(message: string, status = 400): MercureError {
  return new MercureError('invalid', message, { status });
}
