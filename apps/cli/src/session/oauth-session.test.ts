import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { TestClock, waitFor } from '@servonaut/testkit';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileTokenStore } from './file-token-store.ts';
import { OauthSession } from './oauth-session.ts';

const SIGN_IN = randomUUID();
const LIFE_MS = 600_000;

describe('the tokens of a sign-in', () => {
  let folder: string;
  let clock: TestClock;
  let store: FileTokenStore;
  let shown: string[];
  let fault: Error | undefined;

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
  const aProcess = () => new OauthSession({ session: SIGN_IN, store, stateDir: folder, refresh, now: clock.now });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-tokens-'));
    [clock, shown, fault] = [new TestClock(), [], undefined];
    store = new FileTokenStore({ configDir: folder });
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
    expect(await store.load()).toMatchObject({ refresh_token: 'refresh-1' });
  });

  it('are renewed first when they have expired, once for all who ask', async () => {
    const tokens = aProcess();
    await clock.advance(LIFE_MS);
    expect(await Promise.all([tokens.current(), tokens.current()])).toEqual(['access-1', 'access-1']);
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
    await expect(aProcess().current()).rejects.toMatchObject({ code: 'signed_out' });
  });

  it('are not those of a later sign-in, which may be to another coordinator', async () => {
    const tokens = aProcess();
    await tokens.current();
    await store.save({ session: randomUUID(), ...tokensFrom(7) });
    await expect(tokens.renewed('access-0')).rejects.toMatchObject({ code: 'signed_out', message: /anew/ });
    expect(shown).toEqual([]);
  });
});
