import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { withDefaults, type LimitName } from '../../../platform/limits/named-limits.ts';
import { LockOut, type CountedTry } from './lock-out.ts';
import { HERE } from './testing/people.ts';

const EMAIL = 'ada@example.com';
const KNOWN = { ...HERE, knownAs: 'theirs' };
const TOO_MANY = { code: 'too_many_requests' };
const BUSY = new Error('busy');

describe('a count of tries', () => {
  let lockOut: LockOut;
  const narrow = (limits: Partial<Record<LimitName, number>>): void => {
    const given = Object.entries(limits).map(([name, points]) => [name, { points, seconds: 900 }]);
    lockOut = new LockOut(new MemoryRateLimits(withDefaults(Object.fromEntries(given))));
  };
  beforeEach(() => narrow({ sign_in_address: 6, sign_in_account: 2, sign_in_everywhere: 3 }));

  const guess = (from = HERE as Parameters<LockOut['tryPassword']>[1]): Promise<CountedTry> =>
    lockOut.tryPassword(EMAIL, from);
  const elsewhere = (last: number) => ({ ...HERE, address: `203.0.113.${last}` });
  async function notMade(tried: CountedTry): Promise<void> {
    await expect(tried.outcome(Promise.reject(BUSY))).rejects.toBe(BUSY);
  }

  it('forgets what was not made, but not that an address has knocked', async () => {
    for (let i = 0; i < 6; i += 1) await notMade(await guess());
    await expect(guess()).rejects.toMatchObject(TOO_MANY);
    expect(await (await guess(elsewhere(1))).outcome(Promise.resolve('made'))).toBe('made');
  });

  it('has a right one take back itself alone from the longer count, and all from the shorter', async () => {
    await guess();
    for (let i = 0; i < 3; i += 1) await (await guess()).wasRight();
    await guess(elsewhere(1));
    await guess(elsewhere(2));
    await expect(guess(elsewhere(3))).rejects.toMatchObject(TOO_MANY);
  });

  it('is no way to work without end, however right one is, in a browser that is known or signed in', async () => {
    for (let i = 0; i < 6; i += 1) await (await guess(KNOWN)).wasRight();
    await expect(guess(KNOWN)).rejects.toMatchObject(TOO_MANY);
    for (let i = 0; i < 6; i += 1) await (await lockOut.tryOwnPassword('1')).wasRight();
    await expect(lockOut.tryOwnPassword('1')).rejects.toMatchObject(TOO_MANY);
  });
});
