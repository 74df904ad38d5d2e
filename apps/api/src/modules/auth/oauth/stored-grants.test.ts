import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OAUTH_CLI_CLIENT_ID } from '@servonaut/contracts';
import { eq } from 'drizzle-orm';
import { loadConfig } from '../../../config/app-config.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { UserService } from '../people/user-service.ts';
import { REVOCATION_ECHO_MS, Revocations, type Revocation } from '../revocations.ts';
import { revokedSince } from '../revoked-since.ts';
import { endGrants } from '../ended-grants.ts';
import { OidcRecords } from './oidc-records.ts';
import { StoredGrants } from './stored-grants.ts';

const ISSUER = 'https://servonaut.example.com';
const DAY_SECONDS = 86_400;

describe.each(DATABASES)('grants on %s', (_kind, open) => {
  let connection: TestDatabase;
  let records: OidcRecords;
  let grants: StoredGrants;
  let users: UserService;
  let olga: string;
  let boris: string;
  let announced: Revocation[];
  const revocations = new Revocations();
  revocations.subscribe((revocation) => void announced.push(revocation));

  /** As the authorization server stores one. @returns its id as it is stored */
  const aGrant = async (
    accountId: string,
    { clientId = 'dcr_1', resource = `${ISSUER}/mcp`, scope = 'mcp:tools', seconds = DAY_SECONDS } = {},
  ) => {
    const name = randomBytes(16).toString('hex');
    const resources = { [resource]: scope };
    await records.save('Grant', name, { accountId, clientId, resources, openid: { scope: 'openid' } }, seconds);
    await records.save('RefreshToken', `token of ${name}`, { accountId, clientId, grantId: name }, seconds);
    return records.storedName(name);
  };
  const models = async () => (await connection.database.select().from(oidcRecords)).map(({ model }) => model);

  beforeAll(async () => {
    connection = await open();
    records = new OidcRecords(connection.database, await deriveKeys(randomBytes(32)), revocations);
    grants = new StoredGrants(connection.database, loadConfig({ PUBLIC_URL: ISSUER }), records, revocations);
    users = new UserService(connection.database, revocations);
    olga = (await users.create('olga')).id;
    boris = (await users.create('boris')).id;
  }, 60_000);
  beforeEach(async () => {
    await connection.database.delete(oidcRecords);
    announced = [];
  });
  afterAll(() => connection.close());

  it('says when a client last got a token by one', async () => {
    const id = await aGrant(olga);
    const [early, late] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-02-01T00:00:00Z')];
    await connection.database.update(oidcRecords).set({ createdAt: early }).where(eq(oidcRecords.model, 'Grant'));
    await connection.database.update(oidcRecords).set({ createdAt: late }).where(eq(oidcRecords.grantId, id));
    expect(await grants.list(olga)).toMatchObject([{ createdAt: early, lastUsedAt: late }]);
  });

  it('knows which clients anybody lets in', async () => {
    await aGrant(olga, { clientId: 'https://a.example/client' });
    await aGrant(olga, { clientId: 'https://b.example/client', seconds: -1 });
    const names = ['a', 'b', 'c'].map((name) => grants.isLetIn(`https://${name}.example/client`));
    expect(await Promise.all(names)).toEqual([true, false, false]);
  });

  it('lists those of a user that are in force, with what was consented to', async () => {
    await aGrant(boris);
    await aGrant(olga, { seconds: -1 });
    const id = await aGrant(olga, { resource: `${ISSUER}/mcp/sse`, scope: 'mcp:tools:get_logs openid' });
    expect(await grants.list(olga)).toEqual([
      {
        id,
        client: { id: 'dcr_1', name: 'dcr_1', origin: 'registered' },
        audience: 'mcp',
        scopes: ['mcp:tools:get_logs'],
        createdAt: expect.any(Date),
        lastUsedAt: expect.any(Date),
        expiresAt: expect.any(Date),
      },
    ]);
  });

  it('leaves out those of another master secret, and ends them all the same', async () => {
    const id = await aGrant(olga);
    const keys = await deriveKeys(randomBytes(32));
    const changed = new OidcRecords(connection.database, keys, revocations);
    const after = new StoredGrants(connection.database, loadConfig({ PUBLIC_URL: ISSUER }), changed, revocations);
    expect(await after.list(olga)).toEqual([]);
    await after.revokeAll(olga);
    expect(announced).toEqual([{ userId: olga, credentialId: id }]);
  });

  it('calls each client by the best name that there is', async () => {
    const document = 'https://claude.ai/oauth/client-metadata';
    await records.save('Client', 'dcr_2', { client_id: 'dcr_2', client_name: 'Claude Code' });
    for (const clientId of ['dcr_2', document, OAUTH_CLI_CLIENT_ID]) await aGrant(olga, { clientId });
    const clients = (await grants.list(olga)).map(({ client }) => client);
    expect(clients).toEqual(
      expect.arrayContaining([
        { id: 'dcr_2', name: 'Claude Code', origin: 'registered' },
        { id: document, name: 'claude.ai', origin: 'document' },
        { id: OAUTH_CLI_CLIENT_ID, name: 'Servonaut command line', origin: 'built-in' },
      ]),
    );
  });

  it('ends a grant with all that came of it, and says so', async () => {
    const id = await aGrant(olga);
    await grants.revoke(id, olga);
    expect(await models()).toEqual(['EndedGrant']);
    expect(announced).toEqual([{ userId: olga, credentialId: id }]);
  });

  it('has on record which have ended lately, and not for ever', async () => {
    const [ended, early] = [await aGrant(olga), await aGrant(olga)];
    await aGrant(boris);
    for (const id of [ended, early]) await grants.revoke(id, olga);
    const { database } = connection;
    await database
      .update(oidcRecords)
      .set({ createdAt: new Date(0) })
      .where(eq(oidcRecords.id, early));
    expect(await revokedSince(database, new Date(Date.now() - 60_000))).toEqual([
      { userId: olga, credentialId: ended },
    ]);
    await records.sweep(10, new Date(Date.now() + REVOCATION_ECHO_MS + 120_000));
    expect(await models()).not.toContain('EndedGrant');
  });

  it('ends all grants of a user with a change, or neither', async () => {
    const [mine, other] = [await aGrant(olga), await aGrant(boris)];
    const user = await users.get(olga);
    const failing = grants.endAllWith(async (transaction) => {
      await endGrants([mine], transaction, 'all');
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    expect([await grants.isInForce(mine), announced]).toEqual([true, []]);
    expect(await grants.endAllWith(async () => user)).toBe(user);
    expect(await Promise.all([mine, other].map((id) => grants.isInForce(id)))).toEqual([false, true]);
    expect(announced).toEqual([{ userId: olga, credentialId: mine }]);
  });

  it('ends each once when many ask at the same moment', async () => {
    for (let i = 0; i < 5; i += 1) await aGrant(olga);
    await Promise.all(Array.from({ length: 8 }, () => grants.revokeAll(olga)));
    expect(announced).toHaveLength(5);
    expect(await grants.list(olga)).toEqual([]);
  });

  it("does not end another user's grant, and does not tell it from one that never was", async () => {
    const id = await aGrant(olga);
    const missing = { code: 'not_found', message: 'There is no such connected agent.' };
    await expect(grants.revoke(id, boris)).rejects.toMatchObject(missing);
    await expect(grants.revoke('never', boris)).rejects.toMatchObject(missing);
    expect(await grants.isInForce(id)).toBe(true);
    expect(announced).toEqual([]);
  });

  it('ends all grants of a user and of nobody else', async () => {
    await aGrant(olga);
    await aGrant(olga);
    const other = await aGrant(boris);
    await grants.revokeAll(olga);
    expect(await grants.list(olga)).toEqual([]);
    expect((await grants.list(boris)).map(({ id }) => id)).toEqual([other]);
    expect(announced).toHaveLength(2);
  });

  it('has no grant in force whose tokens would be refused', async () => {
    const { id: disabled } = await users.create(`disabled-${Date.now()}`);
    const ids = [await aGrant(olga), await aGrant(olga, { seconds: -1 }), await aGrant(disabled), 'never'];
    await users.setDisabled(disabled, true);
    expect(await Promise.all(ids.map((id) => grants.isInForce(id)))).toEqual([true, false, false, false]);
  });
});
