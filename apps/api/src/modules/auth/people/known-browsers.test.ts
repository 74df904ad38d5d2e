import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { KnownBrowsers } from './known-browsers.ts';

describe('a browser in which somebody has signed in', () => {
  let known: KnownBrowsers;
  beforeAll(async () => {
    known = new KnownBrowsers(await deriveKeys(randomBytes(32)));
  });

  it('is known for that person by the name that it was given, however the address is written', () => {
    const mark = known.mark('ada@example.com');
    const name = known.nameOf(mark, 'ADA@example.com');
    expect(name).toMatch(/^[\w-]{22}$/);
    expect(known.nameOf(mark, 'ada@example.com')).toBe(name);
    expect(known.nameOf(known.mark('ada@example.com'), 'ada@example.com')).not.toBe(name);
    expect(mark).not.toContain('ada');
  });

  it('is not known for anybody else', () => {
    const mark = known.mark('ada@example.com');
    expect(known.nameOf(mark, 'grace@example.com')).toBeUndefined();
    expect(known.nameOfAny(mark)).toBe(known.nameOf(mark, 'ada@example.com'));
  });

  it.each([undefined, '', 'x', 'A'.repeat(90)])('is not known by %j', (mark) => {
    expect(known.nameOf(mark, 'ada@example.com')).toBeUndefined();
    expect(known.nameOfAny(mark)).toBeUndefined();
  });

  it('is not known by a mark of another coordinator, nor by one that was altered', async () => {
    const others = new KnownBrowsers(await deriveKeys(randomBytes(32)));
    const mark = known.mark('ada@example.com');
    const altered = (mark.startsWith('A') ? 'B' : 'A') + mark.slice(1);
    for (const made of [others.mark('ada@example.com'), mark.slice(0, -2), altered])
      expect(known.nameOf(made, 'ada@example.com')).toBeUndefined();
  });
});
