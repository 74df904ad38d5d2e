import { describe, expect, it } from '@jest/globals';
import { keepSecret } from '../services/secrets-service.ts';
import { PluginSecrets } from './plugin-secrets.ts';
import type { Session } from './session.ts';
import type { Keychain } from './system-keychain.ts';

function keychain(): Keychain {
  const kept = new Map<string, string>();
  return async ({ account, put, remove, list }) => {
    if (list) return [...kept.keys()].filter((one) => one.startsWith(account)).join('\n');
    if (put !== undefined) kept.set(account, put);
    else if (remove) kept.delete(account);
    return kept.get(account);
  };
}

const session = (configDir: string, place: 'auto' | 'file' = 'auto') =>
  ({ paths: { configDir }, settings: { token_store: { value: place } } }) as unknown as Session;
const TOKEN = { plugin: '@acme/servonaut-plugin-pager', name: 'API_TOKEN' };

describe('secrets of plugins', () => {
  it('are kept for one plugin of one profile, and listed without what they are', async () => {
    const shared = keychain();
    const secrets = new PluginSecrets(session('/one'), shared);
    await secrets.set(TOKEN, 'secret');
    await secrets.set({ plugin: 'another', name: 'b' }, 'secret');
    expect(await secrets.get(TOKEN)).toBe('secret');
    expect(await secrets.list()).toEqual([TOKEN, { plugin: 'another', name: 'b' }]);
    expect(await new PluginSecrets(session('/other'), shared).list()).toEqual([]);
    await expect(secrets.get({ ...TOKEN, plugin: 'another' })).rejects.toMatchObject({ code: 'config_invalid' });
    await secrets.remove(TOKEN);
    await expect(secrets.get(TOKEN)).rejects.toMatchObject({
      nextStep: 'The operator runs "servonaut secrets set @acme/servonaut-plugin-pager API_TOKEN".',
    });
  });

  it.each([
    ['a plugin with a space', { ...TOKEN, plugin: 'a b' }],
    ['a secret with a space', { ...TOKEN, name: 'a b' }],
    ['a secret that looks like a flag', { ...TOKEN, name: '--help' }],
    ['no plugin', { ...TOKEN, plugin: '' }],
  ])('are of no such name: %s', async (_what, secret) => {
    const secrets = new PluginSecrets(session('/one'), keychain());
    await expect(secrets.set(secret, 'x')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(secrets.get(secret)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('are not stored where there is no keychain, and what to do is said, not the secret', async () => {
    const broken: Keychain = async () => Promise.reject(new Error('locked'));
    for (const secrets of [
      new PluginSecrets(session('/one'), broken),
      new PluginSecrets(session('/one', 'file'), broken),
    ]) {
      const failure: unknown = await secrets.set(TOKEN, 'hunter2').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'config_invalid', nextStep: expect.stringContaining('keychain') });
      expect(JSON.stringify(failure) + String(failure)).not.toContain('hunter2');
      await expect(secrets.get(TOKEN)).rejects.toMatchObject({ code: 'config_invalid' });
    }
  });

  it('are kept for plugins that are installed, and not when nothing is given', async () => {
    const secrets = new PluginSecrets(session('/one'), keychain());
    const plugins = [{ name: TOKEN.plugin }];
    const give = async () => 'secret';
    await expect(keepSecret(secrets, [], TOKEN, give)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(keepSecret(secrets, plugins, TOKEN, async () => '')).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(await secrets.list()).toEqual([]);
    await keepSecret(secrets, plugins, TOKEN, give);
    expect(await secrets.get(TOKEN)).toBe('secret');
  });
});
