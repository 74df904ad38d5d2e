import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { eq } from 'drizzle-orm';
import { loadConfig } from '../../../config/app-config.ts';
import { credentials as credentialRows, users as userRows } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import type { NewCredential } from './credential-facts.ts';
import { CredentialService } from './credential-service.ts';
import { hashSecret, newTokenParts, parseToken, tokenText } from './credential-token.ts';
import { CredentialTokenVerifier } from './credential-token-verifier.ts';
import { CredentialUsage } from './credential-usage.ts';
import { revokedSince } from '../revoked-since.ts';
import { Revocations } from '../revocations.ts';
import { UserService } from '../people/user-service.ts';

const HERE = '192.0.2.1';

describe.each(DATABASES)('verifying credentials on %s', (_kind, open) => {
  let connection: TestDatabase;
  let users: UserService;
  let credentials: CredentialService;
  let usage: CredentialUsage;
  let userId: string;
  const revocations = new Revocations();

  /** A verifier of another process when it gets revocations of its own. */
  const verifier = (cacheMs = 60_000, heard = revocations) =>
    new CredentialTokenVerifier(
      loadConfig({ SERVONAUT_TOKEN_CACHE_MS: String(cacheMs) }),
      connection.database,
      usage,
      heard,
    );
  const issue = (given: Partial<NewCredential> = {}) =>
    credentials.issue({
      userId,
      label: 'ci-bot',
      scopes: ['mcp:tools'],
      tools: null,
      servers: null,
      expiresAt: null,
      createdBy: null,
      ...given,
    });

  beforeAll(async () => {
    connection = await open();
    users = new UserService(connection.database, revocations);
    credentials = new CredentialService(connection.database, revocations);
    usage = new CredentialUsage(connection.database);
    userId = (await users.create('olga')).id;
  }, 60_000);
  afterAll(async () => {
    await usage.beforeApplicationShutdown();
    await connection.close();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('makes a principal of the token', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { token, facts } = await issue({ tools: ['get_logs'], servers: ['web-*'], expiresAt });
    expect(await verifier().verify(token, HERE)).toEqual({
      userId,
      userName: 'olga',
      kind: 'credential',
      id: facts.id,
      label: 'ci-bot',
      scopes: new Set(['mcp:tools']),
      tools: ['get_logs'],
      servers: ['web-*'],
      levels: [],
      commands: null,
      expiresAt,
    });
  });

  it('looks again at a principal without its token, and without believing anything of before', async () => {
    const { token, facts } = await issue();
    const asked = verifier();
    const principal = await asked.verify(token, HERE);
    expect(await asked.recheck(principal, HERE)).toEqual(principal);
    await connection.database
      .update(credentialRows)
      .set({ revokedAt: new Date() })
      .where(eq(credentialRows.id, facts.id));
    await expect(asked.recheck(principal, HERE)).rejects.toMatchObject({ code: 'token_revoked' });
    await expect(asked.recheck({ ...principal, id: 'gone' }, HERE)).rejects.toMatchObject({ code: 'token_revoked' });
    const short = await issue({ expiresAt: new Date(Date.now() - 1) });
    const expired = { ...principal, id: short.facts.id };
    await expect(asked.recheck(expired, HERE)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('has the rules of the plan, of the user and of the credential with the principal', async () => {
    const { id } = await users.create('limited');
    const own = { get_logs: { per_minute: 1 } };
    const { token, facts } = await issue({ userId: id });
    await connection.database
      .update(userRows)
      .set({ planId: 'free', rules: own })
      .where(eq(userRows.id, Number(id)));
    await connection.database.update(credentialRows).set({ rules: own }).where(eq(credentialRows.id, facts.id));
    const principal = await verifier().verify(token, HERE);
    expect(principal.levels).toEqual([
      { kind: 'plan', id, label: 'free', rules: { '*': expect.objectContaining({ per_day: 1_000 }) } },
      { kind: 'override', id, label: 'limited', rules: own },
      { kind: 'credential', id: facts.id, label: 'ci-bot', rules: own },
    ]);
    expect(await verifier().recheck({ ...principal, levels: [] }, HERE)).toEqual(principal);
  });

  it('stores nothing that the token could be made from', async () => {
    const { token } = await issue();
    const secret = parseToken(token)?.secret ?? '';
    const rows = await connection.database.select().from(credentialRows);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it.each([
    ['', 'nothing'],
    ['hello', 'a word'],
    [`svn_${'0'.repeat(16)}_${'A'.repeat(43)}`, 'a token of no credential'],
    [`svn_${'0'.repeat(16)}_${'A'.repeat(44)}`, 'one character too many'],
    [`svn_${'0'.repeat(16)}'--_${'A'.repeat(43)}`, 'SQL'],
    ['eyJhbGciOiJub25lIn0.e30.', 'an unsigned JSON Web Token'],
  ])('refuses %j (%s)', async (token) => {
    await expect(verifier().verify(token, HERE)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('refuses the id of one credential with the secret of another', async () => {
    const [one, other] = [await issue(), await issue()];
    const mixed = `svn_${one.facts.id}_${parseToken(other.token)?.secret}`;
    await expect(verifier().verify(mixed, HERE)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('tells only the holder of the secret that a token is revoked or expired', async () => {
    const revoked = await issue();
    await credentials.revoke(revoked.facts.id);
    const expired = await issue({ expiresAt: new Date(Date.now() - 1) });
    await expect(verifier().verify(revoked.token, HERE)).rejects.toMatchObject({ code: 'token_revoked' });
    await expect(verifier().verify(expired.token, HERE)).rejects.toMatchObject({ code: 'token_expired' });
    for (const { facts } of [revoked, expired]) {
      const guess = `svn_${facts.id}_${'A'.repeat(43)}`;
      await expect(verifier().verify(guess, HERE)).rejects.toMatchObject({ code: 'token_invalid' });
    }
  });

  it('refuses a revoked token at once, though it was cached', async () => {
    const { token, facts } = await issue();
    const caching = verifier();
    await caching.verify(token, HERE);
    await credentials.revoke(facts.id);
    await expect(caching.verify(token, HERE)).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('refuses a token whose load began before its revocation to everybody who asks after it', async () => {
    const { token, facts } = await issue();
    const caching = verifier();
    const early = caching.verify(token, HERE).catch(() => undefined);
    await credentials.revoke(facts.id);
    await early;
    await expect(caching.verify(token, HERE)).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('refuses the tokens of a disabled user, and takes them back when the user is enabled', async () => {
    const { id } = await users.create('disabled');
    const { token } = await issue({ userId: id });
    const caching = verifier();
    await caching.verify(token, HERE);
    await users.setDisabled(id, true);
    await expect(caching.verify(token, HERE)).rejects.toMatchObject({ code: 'token_revoked' });
    await users.setDisabled(id, false);
    await expect(caching.verify(token, HERE)).resolves.toMatchObject({ userId: id });
  });

  it('lets nobody act as an admin for a user who is none', async () => {
    const { id } = await users.create('arthur');
    const { token } = await issue({ userId: id, scopes: ['admin', 'mcp:tools'] });
    const asked = verifier();
    const scopes = async () => {
      const principal = await asked.verify(token, HERE);
      return [[...principal.scopes], [...(await asked.recheck(principal, HERE)).scopes]];
    };
    const [narrow, wide] = [['mcp:tools'], ['admin', 'mcp:tools']];
    expect(await scopes()).toEqual([narrow, narrow]);
    await users.setRole(id, 'admin');
    expect(await scopes()).toEqual([wide, wide]);
    await users.setRole((await users.create('another')).id, 'admin');
    await users.setRole(id, 'member');
    expect(await scopes()).toEqual([narrow, narrow]);
  });

  it('notices a revocation by another process once what it cached is too old', async () => {
    const { token, facts } = await issue();
    const elsewhere = verifier(20, new Revocations());
    await elsewhere.verify(token, HERE);
    await credentials.revoke(facts.id);
    const refused = () =>
      elsewhere.verify(token, HERE).then(
        () => false,
        () => true,
      );
    await waitFor(refused, { what: 'the refusal', timeoutMs: 2_000 });
  });

  it('has no token in force that would be refused', async () => {
    const [good, revoked, expired] = [
      await issue(),
      await issue(),
      await issue({ expiresAt: new Date(Date.now() - 1) }),
    ];
    const disabled = await issue({ userId: (await users.create('gone')).id });
    await credentials.revoke(revoked.facts.id);
    await users.setDisabled(disabled.facts.userId, true);
    const ids = [good, revoked, expired, disabled].map(({ facts }) => facts.id);
    expect(await Promise.all([...ids, '0'.repeat(16)].map((id) => credentials.isInForce(id)))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('has on record what was revoked lately', async () => {
    const [revoked, early] = [await issue(), await issue()];
    const [disabled, enabled] = [await users.create('off'), await users.create('on again')];
    await credentials.revoke(early.facts.id);
    const { revokedAt } = await credentials.revoke(revoked.facts.id);
    for (const { id } of [disabled, enabled]) await users.setDisabled(id, true);
    await users.setDisabled(enabled.id, false);
    await connection.database
      .update(credentialRows)
      .set({ revokedAt: new Date(0) })
      .where(eq(credentialRows.id, early.facts.id));
    expect(await revokedSince(connection.database, revokedAt ?? new Date())).toEqual([
      { userId, credentialId: revoked.facts.id },
      { userId: disabled.id },
    ]);
  });

  it('looks at the expiry of a cached principal every time', async () => {
    const { token } = await issue({ expiresAt: new Date(Date.now() + 5_000) });
    const caching = verifier();
    await caching.verify(token, HERE);
    jest.useFakeTimers({
      now: Date.now() + 5_000,
      doNotFake: ['performance', 'setTimeout', 'setImmediate', 'nextTick'],
    });
    await expect(caching.verify(token, HERE)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('does not cache a refusal', async () => {
    const parts = newTokenParts();
    const caching = verifier();
    await expect(caching.verify(tokenText(parts), HERE)).rejects.toMatchObject({ code: 'token_invalid' });
    const row = {
      id: parts.id,
      userId: Number(userId),
      label: 'late',
      scopes: [],
      secretHash: hashSecret(parts.secret),
    };
    await connection.database.insert(credentialRows).values(row);
    await expect(caching.verify(tokenText(parts), HERE)).resolves.toMatchObject({ label: 'late' });
  });

  it('records the last use behind the request, once a minute', async () => {
    const { token, facts } = await issue();
    const checking = verifier();
    await Promise.all([checking.verify(token, HERE), checking.verify(token, HERE)]);
    await usage.beforeApplicationShutdown();
    const first = (await credentials.get(facts.id)).lastUsedAt;
    expect(first).toBeInstanceOf(Date);
    await checking.verify(token, HERE);
    await usage.beforeApplicationShutdown();
    expect((await credentials.get(facts.id)).lastUsedAt).toEqual(first);
  });
});
