import { parseOptions } from '@node-rs/argon2';
import { describe, expect, it } from '@jest/globals';
import { NO_ONES_HASH, Passwords } from './passwords.ts';

const PASSWORD = 'tramway-onion-quartz';

describe('passwords', () => {
  const passwords = new Passwords();

  it('match what was made of them and nothing else', async () => {
    const stored = await passwords.hash(PASSWORD);
    expect(stored).not.toContain(PASSWORD);
    expect(await passwords.matches(PASSWORD, stored)).toBe(true);
    expect(await passwords.matches(`${PASSWORD} `, stored)).toBe(false);
    expect(await passwords.matches('', stored)).toBe(false);
  });

  it('are salted', async () => {
    expect(await passwords.hash(PASSWORD)).not.toBe(await passwords.hash(PASSWORD));
  });

  it('match on whatever keyboard they are typed', async () => {
    expect(await passwords.matches('Cafe\u0301-onion-quartz', await passwords.hash('Café-onion-quartz'))).toBe(true);
  });

  it('match nothing that nobody has', async () => {
    expect(await passwords.matches(PASSWORD, null)).toBe(false);
    expect(await passwords.matches('', null)).toBe(false);
  });

  it('are compared as slowly with what nobody has', async () => {
    expect(parseOptions(NO_ONES_HASH)).toEqual(parseOptions(await passwords.hash(PASSWORD)));
    expect(NO_ONES_HASH).toHaveLength((await passwords.hash(PASSWORD)).length);
  });

  it('are hashed two at a time, and a third is asked to come back', async () => {
    const all = await Promise.allSettled([1, 2, 3].map(() => passwords.hash(PASSWORD)));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(all[2]).toMatchObject({ reason: { code: 'too_many_requests', facts: { retry_after_seconds: 1 } } });
    await passwords.hash(PASSWORD);
  });

  it('leave room for others also after one that could not be read', async () => {
    for (let i = 0; i < 3; i += 1) await expect(passwords.matches(PASSWORD, 'nonsense')).rejects.toThrow();
    await passwords.hash(PASSWORD);
  });
});
