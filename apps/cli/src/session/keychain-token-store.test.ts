import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  missingSecretService,
  startProcess,
  startSecretService,
  unlessMissing,
  type TestSecretService,
} from '@servonaut/testkit';
import type { OauthTokens } from './token-store.ts';

/** Does one thing with a store, and says what came of it. A process of its own, since the keychain is found by the environment. */
const SCRIPT = `
  const { chooseTokenStore, tokenStore } = await import(process.argv[1]);
  const { KeychainTokenStore } = await import(process.argv[1].replace('profile-tokens', 'keychain-token-store'));
  const { systemKeychain } = await import(process.argv[1].replace('profile-tokens', 'system-keychain'));
  const [configDir, act, tokens] = JSON.parse(process.argv[2]);
  const settings = { token_store: { value: 'auto' } };
  const store = tokenStore('keychain', { configDir });
  const acts = {
    'work within half a second': () => new KeychainTokenStore(systemKeychain(500), { configDir }).works(),
    place: async () => (await chooseTokenStore({ paths: { configDir }, settings })).place,
    save: async () => store.save(tokens),
    load: async () => store.load(),
    remove: async () => store.remove(),
    'list accounts': async () => (await systemKeychain()({ account: configDir, list: true })).split('\\n'),
  };
  console.log(JSON.stringify((await acts[act]().catch(({ code }) => ({ code }))) ?? null));`;

const TOKENS: OauthTokens = {
  session: randomUUID(),
  access_token: 'access',
  refresh_token: 'refresh',
  issued_at: 1,
  expires_at: 2,
};
const NO_BUS = { DBUS_SESSION_BUS_ADDRESS: undefined, XDG_RUNTIME_DIR: undefined };

type Bus = Readonly<Record<string, string | undefined>>;

unlessMissing(describe, missingSecretService())('the keychain of a machine with a Secret Service', () => {
  let service: TestSecretService;
  let folder: string;

  const inAProcess = async (act: string, env: Bus, tokens = TOKENS): Promise<unknown> => {
    const source = new URL('profile-tokens.ts', import.meta.url).href;
    const flags = ['--conditions=@servonaut/source', '--input-type=module', '-e', SCRIPT];
    const args = [...flags, source, JSON.stringify([folder, act, tokens])];
    const child = await startProcess({ command: process.execPath, args, env });
    expect(await child.exited).toMatchObject({ code: 0 });
    return JSON.parse(child.stdout.join(''));
  };

  beforeAll(async () => {
    service = await startSecretService();
  });
  afterAll(() => service.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-keychain-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is where tokens go, and every process finds them there', async () => {
    expect(await inAProcess('place', service.env)).toBe('keychain');
    await inAProcess('save', service.env);
    const renewed = { ...TOKENS, refresh_token: 'another' };
    await inAProcess('save', service.env, renewed);
    expect(await inAProcess('load', service.env)).toEqual(renewed);
    expect(await inAProcess('list accounts', service.env)).toEqual([folder]);
    expect(await inAProcess('remove', service.env)).toBeNull();
    expect(await inAProcess('load', service.env)).toBeNull();
    expect(await inAProcess('remove', service.env)).toBeNull();
  });

  it('is not taken for one where nothing answers, or nobody can open it', async () => {
    expect(await inAProcess('place', NO_BUS)).toBe('file');
    const locked = await startSecretService({ locked: true });
    try {
      expect(await inAProcess('place', locked.env)).toBe('file');
    } finally {
      await locked.stop();
    }
  });

  it('is not waited for without end, and its process ends', async () => {
    const frozen = await startSecretService();
    try {
      frozen.freeze();
      expect(await inAProcess('work within half a second', frozen.env)).toBe(false);
    } finally {
      await frozen.stop();
    }
  });

  it.each(['save', 'load', 'remove'])('does not pretend to %s what it cannot reach', async (act) => {
    await inAProcess('save', service.env);
    expect(await inAProcess(act, NO_BUS)).toEqual({ code: 'config_invalid' });
    expect(await inAProcess('load', service.env)).toEqual(TOKENS);
  });
});
