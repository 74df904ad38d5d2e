import { parseOptions } from '@node-rs/argon2';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../config/app-config.ts';
import { NO_ONES_HASH, Passwords } from './passwords.ts';

const { people } = loadConfig({});
const PASSWORD = 'tramway-onion-quartz';

describe('passwords', () => {
  const passwords = new Passwords({ people });

  it('match what was made of them and nothing else', async () => {
    const stored = await passwords.hash(PASSWORD);
    expect(stored).not.toContain(PASSWORD);
    expect(await passwords.matches(PASSWORD, stored, 'stranger')).toBe(true);
    expect(await passwords.matches(`${PASSWORD} `, stored, 'stranger')).toBe(false);
    expect(await passwords.matches('', stored, 'stranger')).toBe(false);
  });

  it('are salted', async () => {
    expect(await passwords.hash(PASSWORD)).not.toBe(await passwords.hash(PASSWORD));
  });

  it('match on whatever keyboard they are typed', async () => {
    expect(
      await passwords.matches('Cafe\u0301-onion-quartz', await passwords.hash('Café-onion-quartz'), 'stranger'),
    ).toBe(true);
  });

  it('match nothing that nobody has', async () => {
    expect(await passwords.matches(PASSWORD, null, 'stranger')).toBe(false);
    expect(await passwords.matches('', null, 'stranger')).toBe(false);
  });

  it('are compared as slowly with what nobody has', async () => {
    expect(parseOptions(NO_ONES_HASH)).toEqual(parseOptions(await passwords.hash(PASSWORD)));
    expect(NO_ONES_HASH).toHaveLength((await passwords.hash(PASSWORD)).length);
  });

  it('are hashed in turn when many come at once, and whoever is too many is asked to come back', async () => {
    const narrow = new Passwords({ people: { ...people, passwordsWaiting: 3 } });
    const all = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => narrow.hash(PASSWORD)));
    expect(all.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), 'rejected']);
    expect(all[5]).toMatchObject({ reason: { code: 'too_many_requests', facts: { retry_after_seconds: 1 } } });
    await narrow.hash(PASSWORD);
  });

  it('leave room for others also after one that could not be read', async () => {
    for (let i = 0; i < 3; i += 1) await expect(passwords.matches(PASSWORD, 'nonsense', 'stranger')).rejects.toThrow();
    await passwords.hash(PASSWORD);
  });
});
