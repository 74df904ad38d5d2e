import { describe, expect, it } from '@jest/globals';
import type { Session } from './session.ts';
import { SudoPasswords } from './sudo-passwords.ts';
import type { Keychain } from './system-keychain.ts';

function keychain(): Keychain {
  const kept = new Map<string, string>();
  return async ({ account, put, remove }) => {
    if (put !== undefined) kept.set(account, put);
    else if (remove) kept.delete(account);
    return kept.get(account);
  };
}

const session = (configDir: string, place: 'auto' | 'file' = 'auto') =>
  ({ paths: { configDir }, settings: { token_store: { value: place } } }) as unknown as Session;
const broken: Keychain = async () => Promise.reject(new Error('locked'));

describe('passwords of sudo', () => {
  it('are kept for one server of one profile', async () => {
    const shared = keychain();
    const passwords = new SudoPasswords(session('/one'), shared);
    await passwords.set('web-1', 'secret');
    expect(await passwords.get('web-1')).toBe('secret');
    expect(await passwords.get('web-2')).toBeUndefined();
    expect(await new SudoPasswords(session('/other'), shared).get('web-1')).toBeUndefined();
    await passwords.remove('web-1');
    expect(await passwords.get('web-1')).toBeUndefined();
  });

  it('are not stored where there is no keychain, and what to do is said, not the password', async () => {
    for (const passwords of [
      new SudoPasswords(session('/one'), broken),
      new SudoPasswords(session('/one', 'file'), broken),
    ]) {
      const failure: unknown = await passwords.set('web-1', 'secret').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'config_invalid', nextStep: expect.stringContaining('NOPASSWD') });
      expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
    }
  });

  it('are not known to be missing when the keychain does not answer', async () => {
    await expect(new SudoPasswords(session('/one'), broken).get('web-1')).rejects.toThrow('locked');
  });

  it('are not asked for where the keychain is not to be used', async () => {
    expect(await new SudoPasswords(session('/one', 'file'), broken).get('web-1')).toBeUndefined();
    await new SudoPasswords(session('/one', 'file'), broken).remove('web-1');
  });
});
