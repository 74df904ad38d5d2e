import { type TopicSelector, compileTopicSelector } from '../topic-selector.ts';
import { PROTOCOL_LIMITS } from '../update.ts';

/** What a verified token lets its bearer do. */
export interface MercureGrant {
  /** Undefined when the token says nothing about publishing; an empty list also grants nothing. */
  readonly publish: readonly TopicSelector[] | undefined;
  readonly subscribe: readonly TopicSelector[];
  /** Whom the token was given to, when it says so (`sub`). */
  readonly subject: string | undefined;
  /** Unix time in milliseconds. */
  readonly expiresAt: number | undefined;
}

/** The claim under its long name wins, as in the reference hub. */
const CLAIM_NAMES = ['https://mercure.rocks/', 'mercure'] as const;

/** Reads the claims of a verified token; undefined when they are not well-formed. */
export function readGrant(claims: Readonly<Record<string, unknown>>): MercureGrant | undefined {
  const claim = CLAIM_NAMES.map((name) => claims[name]).find((value) => value !== undefined && value !== null) ?? {};
  if (typeof claim !== 'object') return undefined;
  const publish = readSelectors(claim, 'publish');
  const subscribe = readSelectors(claim, 'subscribe');
  if (publish === 'malformed' || subscribe === 'malformed') return undefined;
  const expiresAt = typeof claims['exp'] === 'number' ? claims['exp'] * 1_000 : undefined;
  const subject = typeof claims['sub'] === 'string' ? claims['sub'] : undefined;
  return { publish, subscribe: subscribe ?? [], subject, expiresAt };
}

function readSelectors(claim: object, action: 'publish' | 'subscribe'): TopicSelector[] | undefined | 'malformed' {
  const value = (claim as Record<string, unknown>)[action];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > PROTOCOL_LIMITS.selectorsPerGrant) return 'malformed';
  if (!value.every((item) => typeof item === 'string')) return 'malformed';
  return value.map(compileTopicSelector);
}
