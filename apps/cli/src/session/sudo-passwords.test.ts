import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import type { SshTarget } from '../inventory/server.ts';
import { anSshTarget } from '../inventory/testing/ssh-target.ts';
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

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMmZnaAxP3XqHVCsPyRRVRNK5yWyRCZTKx4kd8Ab6lHw';
const OTHER_KEY = KEY.replace('MmZna', 'Mmzna');

async function recorded(...lines: string[]): Promise<SshTarget> {
  const path = join(await temporaryFolder(), 'known_hosts');
  writeFileSync(path, lines.join('\n'));
  return anSshTarget({ host: '10.0.0.1', user: 'ada', userKnownHostsFiles: [path] });
}

let target: SshTarget;
beforeEach(async () => {
  target = await recorded(`10.0.0.1 ${KEY}`);
});

describe('passwords of sudo', () => {
  it('are kept for one server of one profile', async () => {
    const shared = keychain();
    const passwords = new SudoPasswords(session('/one'), shared);
    await passwords.set('web-1', target, 'secret');
    expect(await passwords.get('web-1', target)).toBe('secret');
    expect(await passwords.get('web-2', target)).toBeUndefined();
    expect(await new SudoPasswords(session('/other'), shared).get('web-1', target)).toBeUndefined();
    await passwords.remove('web-1');
    expect(await passwords.get('web-1', target)).toBeUndefined();
  });

  it('are not stored where there is no keychain, and what to do is said, not the password', async () => {
    for (const passwords of [
      new SudoPasswords(session('/one'), broken),
      new SudoPasswords(session('/one', 'file'), broken),
    ]) {
      const failure: unknown = await passwords.set('web-1', target, 'secret').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'config_invalid', nextStep: expect.stringContaining('NOPASSWD') });
      expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
    }
  });

  it('are not known to be missing when the keychain does not answer', async () => {
    await expect(new SudoPasswords(session('/one'), broken).get('web-1', target)).rejects.toThrow('locked');
  });

  it('are not asked for where the keychain is not to be used', async () => {
    expect(await new SudoPasswords(session('/one', 'file'), broken).get('web-1', target)).toBeUndefined();
    await new SudoPasswords(session('/one', 'file'), broken).remove('web-1');
  });

  it('are for the machine that had the name when they were stored, and for no other of that name', async () => {
    const passwords = new SudoPasswords(session('/one'), keychain());
    await passwords.set('web-1', target, 'secret');
    const [accepted, more, authority] = await Promise.all([
      recorded(`10.0.0.1 ${OTHER_KEY}`),
      recorded(`10.0.0.1 ${OTHER_KEY}`, `10.0.0.1 ${KEY}`),
      recorded(`@cert-authority 10.0.0.1 ${KEY}`, `10.0.0.1 ${OTHER_KEY}`),
    ]);
    const others: SshTarget[] = [
      accepted,
      authority,
      await recorded(),
      await recorded(`@revoked 10.0.0.1 ${KEY}`),
      { ...(await recorded(`10.0.0.2 ${KEY}`)), host: '10.0.0.2' },
      { ...target, user: 'eve' },
      { ...target, port: 2222 },
      { ...target, strategy: 'local' },
    ];
    for (const other of others) {
      await expect(passwords.get('web-1', other)).rejects.toMatchObject({
        code: 'sudo_refused',
        nextStep: expect.stringContaining('servonaut servers sudo web-1'),
      });
    }
    expect(await passwords.get('web-1', more)).toBe('secret');
  });

  it('are not stored for a machine that nobody could tell from another, unless it is this one', async () => {
    const passwords = new SudoPasswords(session('/one'), keychain());
    const unknown = await recorded();
    await expect(passwords.set('web-1', unknown, 'secret')).rejects.toMatchObject({
      code: 'host_key_unknown',
      nextStep: expect.stringContaining('servonaut servers trust web-1'),
    });
    const here: SshTarget = { ...unknown, strategy: 'local' };
    await passwords.set('here', here, 'secret');
    expect(await passwords.get('here', here)).toBe('secret');
  });
});
