import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { TestClock, waitFor } from '@servonaut/testkit';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileTokenStore } from './file-token-store.ts';
import { OauthSession } from './oauth-session.ts';
import type { OauthTokens } from './token-store.ts';

const SIGN_IN = randomUUID();
const LIFE_MS = 600_000;

/** A store that may take nothing, as on a full disk, or give nothing, as a keychain that is locked. */
class BreakableStore extends FileTokenStore {
  fault: ServonautError | undefined;
  hidden: ServonautError | undefined;
  loads = 0;
  /** What is read now is not given before. */
  until: Promise<void> | undefined;
  onSave: (() => void) | undefined;

  override async load(): Promise<OauthTokens | undefined> {
    this.loads += 1;
    if (this.hidden) throw this.hidden;
    const [tokens] = await Promise.all([super.load(), this.until]);
    return tokens;
  }

  override save(tokens: OauthTokens): Promise<void> {
    this.onSave?.();
    return this.fault ? Promise.reject(this.fault) : super.save(tokens);
  }
}

describe('the tokens of a sign-in', () => {
  let folder: string;
  let clock: TestClock;
  let store: BreakableStore;
  let shown: string[];
  let fault: Error | undefined;
  let unsaved: unknown[];
  let hindrances: unknown[];

  const tokensFrom = (n: number) => ({
    access_token: `access-${n}`,
    refresh_token: `refresh-${n}`,
    issued_at: clock.now(),
    expires_at: clock.now() + LIFE_MS,
  });
  const refresh = (token: string) => {
    shown.push(token);
    return fault ? Promise.reject(fault) : Promise.resolve(tokensFrom(shown.length));
  };
  const aProcess = () => {
    const onUnsaved = (error: unknown): void => void unsaved.push(error);
    const onHindered = (error: unknown): void => void hindrances.push(error);
    const profile = { name: 'test', configDir: folder };
    return new OauthSession({ session: SIGN_IN, store, profile, refresh, onUnsaved, onHindered, now: clock.now });
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-tokens-'));
    [clock, shown, fault, unsaved, hindrances] = [new TestClock(), [], undefined, [], []];
    store = new BreakableStore({ configDir: folder });
    await store.save({ session: SIGN_IN, ...tokensFrom(0) });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are renewed after four fifths of their life, and nobody waits for it', async () => {
    const tokens = aProcess();
    await clock.advance(0.8 * LIFE_MS - 1);
    expect([await tokens.current(), shown]).toEqual(['access-0', []]);
    await clock.advance(1);
    expect(await tokens.current()).toBe('access-0');
    await waitFor(async () => (await tokens.current()) === 'access-1', { what: 'the renewed token' });
    expect(shown).toEqual(['refresh-0']);
    await waitFor(async () => (await store.load())?.refresh_token === 'refresh-1', { what: 'the stored tokens' });
  });

  it('are renewed first when they have expired, once for all who ask', async () => {
    const tokens = aProcess();
    await clock.advance(LIFE_MS);
    expect(await Promise.all([tokens.current(), tokens.current()])).toEqual(['access-1', 'access-1']);
    expect(shown).toEqual(['refresh-0']);
  });

  it('stay the renewed ones when a call comes to an end that read them before', async () => {
    const tokens = aProcess();
    await clock.advance(LIFE_MS);
    store.until = new Promise((resolve) => (store.onSave = resolve));
    const late = tokens.current();
    store.until = undefined;
    expect(await Promise.all([late, tokens.current()])).toEqual(['access-1', 'access-1']);
    expect(shown).toEqual(['refresh-0']);
  });

  it('are those of another process that was faster', async () => {
    const [one, other] = [aProcess(), aProcess()];
    await Promise.all([one.current(), other.current()]);
    expect(await Promise.all([one.renewed('access-0'), other.renewed('access-0')])).toEqual(['access-1', 'access-1']);
    expect(shown).toEqual(['refresh-0']);
  });

  it('go on working while they cannot be renewed, and are not asked for again at once', async () => {
    const tokens = aProcess();
    fault = new ServonautError('coordinator_unreachable');
    await clock.advance(0.9 * LIFE_MS);
    await tokens.current();
    await waitFor(() => shown.length === 1, { what: 'a try' });
    await clock.advance(1);
    expect([await tokens.current(), await tokens.current()]).toEqual(['access-0', 'access-0']);
    expect(hindrances).toEqual([]);
    await clock.advance(1);
    expect(shown).toHaveLength(1);
    await clock.advance(0.1 * LIFE_MS);
    await expect(tokens.current()).rejects.toBe(fault);
    fault = undefined;
    expect(await tokens.current()).toMatch(/^access-\d$/);
  });

  it('are over when the coordinator says so, and it is not asked twice', async () => {
    const tokens = aProcess();
    await tokens.current();
    fault = new ServonautError('signed_out');
    await expect(tokens.renewed('access-0')).rejects.toBe(fault);
    await expect(tokens.current()).rejects.toBe(fault);
    expect(shown).toEqual(['refresh-0']);
  });

  it('are over when somebody logged out here', async () => {
    await store.remove();
    await expect(aProcess().current()).rejects.toMatchObject({
      code: 'signed_out',
      message: 'The profile "test" was signed out.',
      nextStep: 'Run "servonaut login --profile test".',
    });
  });

  it('are not those of a later sign-in, which may be to another coordinator', async () => {
    const tokens = aProcess();
    await tokens.current();
    await store.save({ session: randomUUID(), ...tokensFrom(7) });
    await expect(tokens.renewed('access-0')).rejects.toMatchObject({
      code: 'signed_out',
      message: expect.stringMatching(/anew/),
    });
    expect(shown).toEqual([]);
  });

  describe('that cannot be stored after a renewal', () => {
    const full = new ServonautError('config_invalid', { message: 'The disk is full.' });

    it('are used all the same, said to be unsaved, and stored as soon as that can be', async () => {
      const tokens = aProcess();
      store.fault = full;
      await tokens.current();
      expect([await tokens.renewed('access-0'), await tokens.current()]).toEqual(['access-1', 'access-1']);
      expect(unsaved).toEqual([full]);
      expect(await store.load()).toMatchObject({ refresh_token: 'refresh-0' });
      store.fault = undefined;
      await clock.advance(LIFE_MS / 10);
      await tokens.current();
      await waitFor(async () => (await store.load())?.refresh_token === 'refresh-1', { what: 'the stored tokens' });
      expect(shown).toEqual(['refresh-0']);
    });

    it('are renewed from memory, never from what has been used up', async () => {
      const tokens = aProcess();
      store.fault = full;
      await tokens.current();
      await tokens.renewed('access-0');
      await clock.advance(LIFE_MS);
      expect(await tokens.current()).toBe('access-2');
      expect(shown).toEqual(['refresh-0', 'refresh-1']);
    });

    it('keep other processes from showing the refresh token that has been used up', async () => {
      const [one, other] = [aProcess(), aProcess()];
      await Promise.all([one.current(), other.current()]);
      store.fault = full;
      await one.renewed('access-0');
      const renewal = other.renewed('access-0');
      store.fault = undefined;
      await clock.advance(LIFE_MS / 10);
      await one.current();
      expect(await renewal).toBe('access-1');
      expect(shown).toEqual(['refresh-0']);
    });
  });

  it('are not asked for where nothing can be written, and stay good', async () => {
    const tokens = aProcess();
    await tokens.current();
    writeFileSync(join(folder, 'session.lock'), '');
    await expect(tokens.renewed('access-0')).rejects.toMatchObject({ code: 'config_invalid' });
    expect([await tokens.current(), shown]).toEqual(['access-0', []]);
  });

  describe('that this machine keeps from being renewed', () => {
    const full = new ServonautError('config_invalid', { message: 'The keychain is locked.' });
    const tried = async (tokens: OauthSession): Promise<void> => {
      const tries = store.loads;
      await tokens.current();
      await waitFor(() => store.loads > tries, { what: 'a try' });
      await clock.advance(LIFE_MS / 100);
    };

    it('are said to be so as soon as that is known, once, and again after they could be renewed', async () => {
      const tokens = aProcess();
      await tokens.current();
      store.hidden = full;
      await clock.advance(0.8 * LIFE_MS);
      await tried(tokens);
      await tried(tokens);
      expect([hindrances, shown]).toEqual([[full], []]);
      store.hidden = undefined;
      await tokens.current();
      await waitFor(async () => (await tokens.current()) === 'access-1', { what: 'the renewed token' });
      // They are given before they are stored, and until then whoever asks joins that try.
      await waitFor(() => !existsSync(join(folder, 'session.lock')), { what: 'the end of the renewal' });
      store.hidden = full;
      await clock.advance(0.9 * LIFE_MS);
      await tried(tokens);
      expect(hindrances).toEqual([full, full]);
    });

    it('work until they have expired, and whoever comes then hears why', async () => {
      const tokens = aProcess();
      await tokens.current();
      store.hidden = full;
      await clock.advance(LIFE_MS - 1);
      expect(await tokens.current()).toBe('access-0');
      await clock.advance(1);
      await expect(tokens.current()).rejects.toBe(full);
      store.hidden = undefined;
      expect(await tokens.current()).toBe('access-1');
    });
  });
});
