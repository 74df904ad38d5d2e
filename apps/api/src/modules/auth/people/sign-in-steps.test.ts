import { describe, expect, it } from '@jest/globals';
import type { SignInRecord } from './sign-in-records.ts';
import { afterPassword, secondFactor } from './sign-in-steps.ts';
import { codeAt, stepAt } from './totp.ts';

const KEY = Buffer.from('12345678901234567890');
const NOW = Date.parse('2030-01-01T00:00:10Z');

function record({ disabled = false, totp = false, lastStep = null as number | null } = {}): SignInRecord {
  const disabledAt = disabled ? new Date(0) : null;
  const user = {
    id: '1',
    name: 'ada',
    email: 'ada@example.com',
    role: 'member',
    createdAt: new Date(0),
    disabledAt,
    plan: null,
    rules: null,
    version: 1,
  } as const;
  const codesRefused = { since: 0, before: 0 };
  return { user, passwordHash: 'x', totp: totp ? { key: () => KEY, lastStep } : null, codesRefused };
}

/** Sealed under another master secret. */
function closed(): SignInRecord {
  return { ...record(), totp: { key: () => undefined, lastStep: null } };
}

describe('after a password', () => {
  it.each([
    ['nobody', undefined, false, 'refused'],
    ['nobody, whatever the comparison says', undefined, true, 'refused'],
    ['a wrong one', record(), false, 'refused'],
    ['a wrong one with a second factor', record({ totp: true }), false, 'refused'],
    ['the right one of a disabled user', record({ disabled: true }), true, 'refused'],
    ['the right one', record(), true, 'done'],
    ['the right one with a second factor', record({ totp: true }), true, 'needs totp'],
  ])('of %s', (_, given, matched, next) => {
    expect(afterPassword(given, matched)).toBe(next);
  });
});

describe('a second factor', () => {
  const step = stepAt(NOW);
  it.each([
    ['a code', record({ totp: true }), codeAt(KEY, step), { step }],
    ['a code as apps show it', record({ totp: true }), codeAt(KEY, step).replace(/^.../, '$& '), { step }],
    ['a code that was used', record({ totp: true, lastStep: step }), codeAt(KEY, step), 'refused'],
    ['another code', record({ totp: true }), codeAt(KEY, step + 7), 'refused'],
    ['what may be a recovery code', record({ totp: true }), 'ABCD-EFGH-IJKL-MNOP', 'recovery code'],
    ['a code, when the key does not open', closed(), codeAt(KEY, step), 'refused'],
    ['a recovery code, when the key does not open', closed(), 'ABCD-EFGH-IJKL-MNOP', 'recovery code'],
    ['anything of somebody who has none', record(), codeAt(KEY, step), 'refused'],
  ])('from %s', (_, given, typed, outcome) => {
    expect(secondFactor(given, typed, NOW)).toEqual(outcome);
  });
});
