import { describe, expect, it } from '@jest/globals';
import { Redactor } from './redactor.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
const SECRET = ['sword', 'fish7'].join('');
const NAMED = '[redacted: named-secret]';
const cleaned = (value: unknown): unknown => redactor.redactJson(value).value;

describe('a value of JSON', () => {
  it.each([
    { password: [SECRET] },
    { passwords: [SECRET, SECRET] },
    { credentials: { value: SECRET } },
    { db: { pass: SECRET } },
    { password: { current: [{ is: SECRET }] } },
    { env: [{ name: 'DB_PASSWORD', value: SECRET }] },
    { properties: [{ Key: 'api-token', Value: SECRET }] },
    { args: ['mysql', '--password', SECRET] },
  ])('keeps no part of what has the name of a secret: %j', (value) => {
    expect(JSON.stringify(cleaned(value))).toBe(JSON.stringify(value).replaceAll(SECRET, NAMED));
  });

  it('keeps no number that has the name of a secret, and those that count', () => {
    const counts = { max_tokens: 4_000, token_count: 7, pass: 120 };
    expect(cleaned({ password: 12_345_678, pin: { password: 4_711 }, ...counts })).toEqual({
      password: NAMED,
      pin: { password: NAMED },
      ...counts,
    });
  });

  it('keeps no secret that takes several texts of a list', () => {
    const [dashes, label] = ['-----', 'PRIVATE KEY'];
    const lines = ['a', `${dashes}BEGIN ${label}${dashes}`, 'Q'.repeat(64), `${dashes}END ${label}${dashes}`, 'b'];
    expect(redactor.redactJson({ lines })).toEqual({
      value: { lines: ['a', '[redacted: private-key]', 'b'] },
      found: { 'private-key': 1 },
    });
  });

  it('is the same when it says only what secrets there are', () => {
    const value = {
      secrets: [{ name: 'web', type: 'Opaque', age: '3d' }],
      password: null,
      token: true,
      args: ['a', 'b'],
    };
    expect(cleaned(value)).toBe(value);
  });
});
