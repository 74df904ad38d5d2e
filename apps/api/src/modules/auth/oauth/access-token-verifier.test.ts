import { createPublicKey, createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { eq } from 'drizzle-orm';
import { importJWK, SignJWT } from 'jose';
import { loadConfig } from '../../../config/app-config.ts';
import { oidcRecords, plans as planRows, users as userRows } from '../../../platform/database/schema.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox } from '../../../platform/secrets/sealed-box.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { UserService, type User } from '../people/user-service.ts';
import { Revocations } from '../revocations.ts';
import { AccessTokenVerifier } from './access-token-verifier.ts';
import { newSigningKey, SigningKeyStore } from './signing-key-store.ts';
import type { PrivateJwk } from './signing-keys.ts';
import { StoredSigningKeys } from './stored-signing-keys.ts';

const ISSUER = 'https://servonaut.example.com';
const DAY_MS = 86_400_000;

interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: PrivateJwk;
}

describe.each(DATABASES)('verifying access tokens on %s', (_kind, open) => {
  let connection: TestDatabase;
  let users: UserService;
  let keys: StoredSigningKeys;
  let olga: User;
  const revocations = new Revocations();

  /** A verifier of another process when it gets revocations of its own. */
  const verifier = (cacheMs = 60_000, heard = revocations) =>
    new AccessTokenVerifier(
      loadConfig({ PUBLIC_URL: ISSUER, SERVONAUT_TOKEN_CACHE_MS: String(cacheMs) }),
      connection.database,
      keys,
      heard,
    );

  const aGrant = async (user = olga, expiresAt: Date | null = null): Promise<string> => {
    const id = randomBytes(32).toString('base64url');
    const row = { model: 'Grant', id, payloadSealed: '', accountId: Number(user.id), clientId: 'dcr_1', expiresAt };
    await connection.database.insert(oidcRecords).values(row);
    return id;
  };
  const end = (grant: string) => connection.database.delete(oidcRecords).where(eq(oidcRecords.id, grant));

  /** A token as the authorization server signs it, but for what the test says. */
  const aToken = async (gid: string, { claims = {}, header = {}, key = keys.all()[0] }: TokenOptions = {}) => {
    if (!key) throw new Error('there is no key');
    const now = Math.floor(Date.now() / 1_000);
    const usual = { iss: ISSUER, aud: `${ISSUER}/mcp`, sub: olga.id, iat: now, exp: now + 600, scope: 'mcp:tools' };
    return new SignJWT({ ...usual, client_id: 'dcr_1', client_name: 'Claude Code', gid, jti: 'x', ...claims })
      .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header })
      .sign(await importJWK(key, key.alg));
  };
  const refusalOf = async (token: string, asked = verifier()): Promise<unknown> =>
    asked.verify(token, 'mcp').then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );
  const seconds = (offset: number) => Math.floor(Date.now() / 1_000) + offset;

  beforeAll(async () => {
    connection = await open();
    users = new UserService(connection.database, revocations);
    olga = await users.create('olga');
    const box = sealedBox(await deriveKeys(randomBytes(32)), 'oauth/keys');
    const store = new SigningKeyStore(connection.database, box, 90 * DAY_MS);
    keys = await StoredSigningKeys.open(store, { believedMs: loadConfig({}).auth.tokenCacheMs });
  }, 60_000);
  afterAll(async () => {
    keys.onModuleDestroy();
    await connection.close();
  });

  it('makes a principal of the token', async () => {
    const gid = await aGrant();
    const exp = seconds(600);
    expect(await verifier().verify(await aToken(gid, { claims: { exp } }), 'mcp')).toEqual({
      userId: olga.id,
      userName: 'olga',
      kind: 'user',
      id: gid,
      label: 'Claude Code',
      scopes: new Set(['mcp:tools']),
      tools: null,
      servers: null,
      levels: [],
      commands: null,
      expiresAt: new Date(exp * 1_000),
      signedInUntil: null,
    });
  });

  it('has the rules of the plan and of the user with the principal', async () => {
    const user = await users.create('limited');
    const rules = { '*': { per_day: 7 }, get_logs: { per_minute: 1 } };
    const plan = { id: 'tried', rules: { ...rules, run_command: { allowed: false } } };
    await connection.database.insert(planRows).values(plan);
    await connection.database
      .update(userRows)
      .set({ planId: plan.id, rules })
      .where(eq(userRows.id, Number(user.id)));
    const token = await aToken(await aGrant(user), { claims: { sub: user.id } });
    const principal = await verifier().verify(token, 'mcp');
    expect(principal.levels).toEqual([
      { kind: 'plan', id: user.id, label: 'tried', rules: { run_command: { allowed: false } } },
      { kind: 'override', id: user.id, label: 'limited', rules },
    ]);
    expect(await verifier().recheck({ ...principal, levels: [] })).toEqual(principal);
  });

  it('limits a token to the tools whose scopes it has, unless it has the scope of all', async () => {
    const gid = await aGrant();
    const principalOf = async (scope: string) => verifier().verify(await aToken(gid, { claims: { scope } }), 'mcp');
    expect(await principalOf('mcp:tools:get_logs openid mcp:tools:run_command')).toMatchObject({
      scopes: new Set(['mcp:tools']),
      tools: ['get_logs', 'run_command'],
    });
    expect(await principalOf('mcp:tools:get_logs mcp:tools')).toMatchObject({ tools: null });
    expect(await principalOf('openid')).toMatchObject({ scopes: new Set(), tools: [] });
  });

  it('gives the scope admin only while the user is an admin', async () => {
    const gid = await aGrant();
    const token = await aToken(gid, { claims: { aud: `${ISSUER}/api`, scope: 'relay:connect admin' } });
    expect((await verifier().verify(token, 'api')).scopes).toEqual(new Set(['relay:connect']));
    await connection.database.update(userRows).set({ role: 'admin' });
    const principal = await verifier().verify(token, 'api');
    expect(principal.scopes).toEqual(new Set(['relay:connect', 'admin']));
    await connection.database.update(userRows).set({ role: 'member' });
    expect((await verifier().recheck(principal)).scopes).toEqual(new Set(['relay:connect']));
  });

  describe('refuses', () => {
    it.each(['', 'hello', 'a.b.c', '..', 'eyJhbGciOiJFZERTQSJ9', `svn_${'0'.repeat(16)}_${'A'.repeat(43)}`])(
      'what is no token: %j',
      async (text) => {
        expect(await refusalOf(text)).toBe('token_invalid');
      },
    );

    it('one without a signature (alg: none)', async () => {
      const [, claims] = (await aToken(await aGrant())).split('.');
      const header = { alg: 'none', typ: 'at+jwt', kid: keys.activeKid };
      const unsigned = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.`;
      expect(await refusalOf(unsigned)).toBe('token_invalid');
    });

    it('one that is signed with our public key as the secret of HS256', async () => {
      const [, claims] = (await aToken(await aGrant())).split('.');
      const publicKey = createPublicKey({ key: keys.all()[0] as PrivateJwk, format: 'jwk' });
      const header = { alg: 'HS256', typ: 'at+jwt', kid: keys.activeKid };
      const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}`;
      for (const secret of [
        publicKey.export({ format: 'pem', type: 'spki' }),
        publicKey.export({ format: 'der', type: 'spki' }),
        Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url'),
      ]) {
        const signature = createHmac('sha256', secret).update(signed).digest('base64url');
        expect(await refusalOf(`${signed}.${signature}`)).toBe('token_invalid');
      }
    });

    it('one of a key that is not ours', async () => {
      expect(await refusalOf(await aToken(await aGrant(), { key: await newSigningKey() }))).toBe('token_invalid');
    });

    it("one of a key that is not ours under our key's id", async () => {
      const key = { ...(await newSigningKey()), kid: keys.activeKid };
      expect(await refusalOf(await aToken(await aGrant(), { key }))).toBe('token_invalid');
    });

    it('one that brings its own key along, or says where to fetch it', async () => {
      const key = await newSigningKey();
      const { d: _, ...jwk } = key;
      const gid = await aGrant();
      const withKey = { jwk, jku: 'https://attacker.example.com/jwks', kid: keys.activeKid };
      expect(await refusalOf(await aToken(gid, { key, header: withKey }))).toBe('token_invalid');
      expect(await refusalOf(await aToken(gid, { key, header: { jwk, kid: undefined } }))).toBe('token_invalid');
    });

    it('one whose claims were changed', async () => {
      const [header, , signature] = (await aToken(await aGrant())).split('.');
      const [, claims] = (await aToken(await aGrant())).split('.');
      expect(await refusalOf(`${header}.${claims}.${signature}`)).toBe('token_invalid');
    });

    it('an expired one, to the second, and says so', async () => {
      const gid = await aGrant();
      expect(await refusalOf(await aToken(gid, { claims: { iat: seconds(-600), exp: seconds(0) } }))).toBe(
        'token_expired',
      );
    });

    it('one that has expired since it was last shown', async () => {
      const token = await aToken(await aGrant());
      const asked = verifier();
      await asked.verify(token, 'mcp');
      jest.useFakeTimers({ now: Date.now() + 600_000, doNotFake: ['performance', 'setTimeout', 'setImmediate'] });
      try {
        expect(await refusalOf(token, asked)).toBe('token_expired');
      } finally {
        jest.useRealTimers();
      }
    });

    it('one that is not valid yet', async () => {
      const gid = await aGrant();
      expect(await refusalOf(await aToken(gid, { claims: { nbf: seconds(60) } }))).toBe('token_invalid');
      expect(await refusalOf(await aToken(gid, { claims: { nbf: seconds(-60) } }))).toBe('taken');
      const later = { iat: seconds(60), exp: seconds(660) };
      expect(await refusalOf(await aToken(gid, { claims: later }))).toBe('token_invalid');
    });

    it('one that lives for longer than we let any', async () => {
      const gid = await aGrant();
      const iat = seconds(0);
      expect(await refusalOf(await aToken(gid, { claims: { iat, exp: iat + 3_601 } }))).toBe('token_invalid');
      expect(await refusalOf(await aToken(gid, { claims: { iat, exp: iat + 3_600 } }))).toBe('taken');
    });

    it('one that was believed until the key of its signature was replaced', async () => {
      const token = await aToken(await aGrant());
      const asked = verifier();
      expect(await refusalOf(token, asked)).toBe('taken');
      await keys.replaceAll();
      expect(await refusalOf(token, asked)).toBe('token_invalid');
    });

    it.each([`${ISSUER}/api`, `${ISSUER}/mcp/`, ISSUER, 'https://other.example.com/mcp', [`${ISSUER}/mcp`]])(
      'one for another audience: %j',
      async (aud) => {
        expect(await refusalOf(await aToken(await aGrant(), { claims: { aud } }))).toBe('token_invalid');
      },
    );

    it('one for another audience also after it was taken where it is for', async () => {
      const token = await aToken(await aGrant());
      const asked = verifier();
      await asked.verify(token, 'mcp');
      await expect(asked.verify(token, 'api')).rejects.toMatchObject({ code: 'token_invalid' });
    });

    it('one of another issuer', async () => {
      const iss = 'https://other.example.com';
      expect(await refusalOf(await aToken(await aGrant(), { claims: { iss } }))).toBe('token_invalid');
    });

    it.each(['JWT', 'logout+jwt', undefined])('one of another type: %s', async (typ) => {
      expect(await refusalOf(await aToken(await aGrant(), { header: { typ } }))).toBe('token_invalid');
    });

    it('an identity token', async () => {
      const claims = { aud: 'dcr_1', scope: undefined, gid: undefined, client_id: undefined };
      const token = await aToken(await aGrant(), { claims, header: { typ: 'JWT' } });
      expect(await refusalOf(token)).toBe('token_invalid');
    });

    it.each(['gid', 'client_id', 'sub', 'iat', 'exp', 'aud', 'iss'])('one without %s', async (claim) => {
      expect(await refusalOf(await aToken(await aGrant(), { claims: { [claim]: undefined } }))).toBe('token_invalid');
    });

    it('one of a grant that has ended', async () => {
      const gid = await aGrant();
      await end(gid);
      expect(await refusalOf(await aToken(gid))).toBe('token_revoked');
    });

    it('one of a grant that has expired and is not swept yet', async () => {
      expect(await refusalOf(await aToken(await aGrant(olga, new Date(Date.now() - 1))))).toBe('token_revoked');
    });

    it('one that names the grant of another user', async () => {
      const gid = await aGrant(await users.create('boris'));
      expect(await refusalOf(await aToken(gid))).toBe('token_invalid');
    });

    it('one of a disabled user, also once the user is enabled', async () => {
      const mallory = await users.create('mallory');
      const token = await aToken(await aGrant(mallory), { claims: { sub: mallory.id } });
      const asked = verifier();
      expect(await refusalOf(token, asked)).toBe('taken');
      await users.setDisabled(mallory.id, true);
      expect(await refusalOf(token, asked)).toBe('token_revoked');
      await users.setDisabled(mallory.id, false);
      expect(await refusalOf(token, asked)).toBe('token_revoked');
    });

    it('everything while the database does not answer', async () => {
      const token = await aToken(await aGrant());
      const asking = {
        from: () => asking,
        innerJoin: () => asking,
        leftJoin: () => asking,
        where: () => Promise.reject(new Error('gone')),
      };
      const gone = { select: () => asking };
      const config = loadConfig({ PUBLIC_URL: ISSUER });
      const asked = new AccessTokenVerifier(config, gone as unknown as TestDatabase['database'], keys, revocations);
      await expect(asked.verify(token, 'mcp')).rejects.toThrow('gone');
    });
  });

  it('refuses at once what has been revoked in this process, though it was believed', async () => {
    const gid = await aGrant();
    const token = await aToken(gid);
    const asked = verifier();
    await asked.verify(token, 'mcp');
    await end(gid);
    revocations.announce({ userId: olga.id, credentialId: gid });
    expect(await refusalOf(token, asked)).toBe('token_revoked');
  });

  it('refuses a token whose look-up began before its revocation to everybody who asks after it', async () => {
    const gid = await aGrant();
    const token = await aToken(gid);
    const asked = verifier();
    const early = asked.verify(token, 'mcp').catch(() => undefined);
    await end(gid);
    revocations.announce({ userId: olga.id, credentialId: gid });
    await early;
    expect(await refusalOf(token, asked)).toBe('token_revoked');
  });

  it('refuses within a second what another process has revoked, and heard of nothing', async () => {
    const gid = await aGrant();
    const token = await aToken(gid);
    const elsewhere = verifier(loadConfig({}).auth.tokenCacheMs, new Revocations());
    expect(await refusalOf(token, elsewhere)).toBe('taken');
    await end(gid);
    const refused = async () => (await refusalOf(token, elsewhere)) === 'token_revoked';
    await waitFor(refused, { what: 'the refusal', timeoutMs: 1_000 });
  });

  it('looks again at a principal without its token, however old that is', async () => {
    const gid = await aGrant();
    const principal = await verifier().verify(await aToken(gid), 'mcp');
    const old = { ...principal, expiresAt: new Date(0) };
    expect(await verifier().recheck(old)).toEqual(old);
    await end(gid);
    await expect(verifier().recheck(old)).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('says nothing to a stranger that the table of errors does not', async () => {
    const token = await aToken(await aGrant(), { key: await newSigningKey() });
    await expect(verifier().verify(token, 'mcp')).rejects.toMatchObject({ message: 'The token is not one of ours.' });
  });
});
