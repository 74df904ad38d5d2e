import { describe, expect, it } from '@jest/globals';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { withDefaults } from '../../../platform/limits/named-limits.ts';
import { documentRules } from './document-rules.ts';

const TOO_MANY = { status: 429, error: 'temporarily_unavailable', allow_redirect: false };

const LET_IN = 'https://known.example/client';
const UNKNOWN = 'https://unknown.example/client';

/** Each is fetched every time. */
const NONE_KEPT = {
  hasFresh: () => false,
  bring: () => Promise.resolve(true),
  isUnkept: () => false,
  keep: () => Promise.resolve(),
};

function rules(address: number, all: number) {
  const limits = { document_address: { points: address, seconds: 60 }, document_all: { points: all, seconds: 60 } };
  const isLetIn = async (clientId: string) => clientId === LET_IN;
  return documentRules({ limits: new MemoryRateLimits(withDefaults(limits)), isLetIn, documents: NONE_KEPT });
}

/** The part of a request that is looked at. */
function requestFrom(ip: string) {
  const answered = new Map<string, string>();
  const set = (name: string, value: string) => answered.set(name, value);
  return { ctx: { ip, set } as unknown as KoaContextWithOIDC, answered };
}

describe('documents of clients', () => {
  it('are fetched so many times because of one address', async () => {
    const { allowFetch } = rules(1, 10);
    const [first, again, other] = ['8.8.8.8', '8.8.8.8', '9.9.9.9'].map(requestFrom);
    expect(await allowFetch(first?.ctx, UNKNOWN)).toBe(true);
    await expect(allowFetch(again?.ctx, UNKNOWN)).rejects.toMatchObject(TOO_MANY);
    expect(again?.answered.get('Retry-After')).toMatch(/^\d+$/);
    expect(await allowFetch(other?.ctx, UNKNOWN)).toBe(true);
  });

  it('are fetched so many times in all', async () => {
    const { allowFetch } = rules(10, 1);
    expect(await allowFetch(requestFrom('8.8.8.8').ctx, UNKNOWN)).toBe(true);
    await expect(allowFetch(requestFrom('9.9.9.9').ctx, UNKNOWN)).rejects.toMatchObject(TOO_MANY);
    await expect(allowFetch(undefined, UNKNOWN)).rejects.toMatchObject(TOO_MANY);
  });
  it('are fetched for whom people have let in, however many strangers ask for', async () => {
    const { allowFetch } = rules(2, 1);
    expect(await allowFetch(requestFrom('8.8.8.8').ctx, UNKNOWN)).toBe(true);
    for (let times = 0; times < 2; times += 1) expect(await allowFetch(requestFrom('9.9.9.9').ctx, LET_IN)).toBe(true);
    await expect(allowFetch(requestFrom('9.9.9.9').ctx, LET_IN)).rejects.toMatchObject(TOO_MANY);
  });
});
