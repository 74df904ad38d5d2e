import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { and, eq, ne } from 'drizzle-orm';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

describe.each(DATABASES)('refresh tokens that were used, on %s', (_, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let client: OauthTestClient;
  let clientId: string;
  let gid: string;
  let first: string;

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection, { generous: true });
    client = new OauthTestClient(app.publicUrl);
    await app.users.create('ada');
    clientId = String((await client.register())['client_id']);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });
  beforeEach(async () => {
    const given = await client.redeem(clientId, await client.authorize(clientId));
    gid = String(decodeJwt(String(given['access_token']))['gid']);
    first = String(given['refresh_token']);
    app.revoked.length = 0;
  });

  const refreshed = async (token: string): Promise<string> =>
    String((await client.refresh(clientId, token))['refresh_token']);
  const REFUSED = { status: 400, error: 'invalid_grant' };

  it('leave no row behind, so that a family has as many after a hundred as after one', async () => {
    const ofGrant = and(eq(oidcRecords.grantId, gid), ne(oidcRecords.model, 'AuthorizationCode'));
    const rows = () => connection.database.$count(oidcRecords, ofGrant);
    let token = await refreshed(first);
    const before = await rows();
    for (let times = 1; times < 100; times += 1) token = await refreshed(token);
    expect([before, await rows()]).toEqual([1, 1]);
    expect(await client.refresh(clientId, first)).toMatchObject(REFUSED);
    expect(await client.refresh(clientId, token)).toMatchObject(REFUSED);
    expect(app.revoked).toEqual([{ userId: '1', credentialId: gid }]);
  });

  it('end the family whichever client comes with them', async () => {
    const next = await refreshed(first);
    const other = String((await client.register())['client_id']);
    expect(await client.refresh(other, first)).toMatchObject(REFUSED);
    expect(await client.refresh(clientId, next)).toMatchObject(REFUSED);
  });

  it('say nothing that ends a family when somebody has made them up of what is known', async () => {
    const next = await refreshed(first);
    const [secret, sealed] = first.split('.');
    const [otherSecret] = next.split('.');
    for (const made of [
      gid,
      `${secret}.`,
      `.${sealed}`,
      `${secret}.${gid}`,
      `${otherSecret}.${sealed}`,
      secret,
      '.',
      '',
    ])
      expect((await client.refresh(clientId, made)).status).toBe(400);
    expect(await client.refresh(clientId, next)).toMatchObject({ status: 200 });
  });

  it('are not what is refused for another reason: the family goes on', async () => {
    const other = String((await client.register())['client_id']);
    expect(await client.refresh(other, first)).toMatchObject(REFUSED);
    expect(app.revoked.filter(({ credentialId }) => credentialId === gid)).toEqual([]);
    expect(await client.refresh(clientId, first)).toMatchObject({ status: 200 });
  });

  it('end nothing when somebody only asks about them', async () => {
    const next = await refreshed(first);
    const asked = await client.post('/oauth/introspect', { client_id: clientId, token: first });
    expect(asked).toMatchObject({ active: false });
    expect(await client.refresh(clientId, next)).toMatchObject({ status: 200 });
  });

  it('end the family when somebody revokes them, as its successor may be in strange hands', async () => {
    const next = await refreshed(first);
    const revoked = await client.post('/oauth/revoke', { client_id: clientId, token: first });
    expect(revoked).toEqual({ status: 200 });
    expect(app.revoked).toEqual([{ userId: '1', credentialId: gid }]);
    expect(await client.refresh(clientId, next)).toMatchObject(REFUSED);
  });

  it('end nothing when a client that is none, or another one, revokes what is in use', async () => {
    const other = String((await client.register())['client_id']);
    const revoke = (by: string, token: string) => client.post('/oauth/revoke', { client_id: by, token });
    expect(await revoke('nobody', first)).toMatchObject({ error: 'invalid_client' });
    await revoke(other, first);
    const next = await refreshed(first);
    expect(await revoke('nobody', first)).toMatchObject({ error: 'invalid_client' });
    expect(app.revoked).toEqual([]);
    expect(await client.refresh(clientId, next)).toMatchObject({ status: 200 });
  });

  it('end what is left of their family after they have expired', async () => {
    await connection.database.delete(oidcRecords).where(eq(oidcRecords.model, 'RefreshToken'));
    expect(await client.refresh(clientId, first)).toMatchObject(REFUSED);
    expect(app.revoked).toEqual([{ userId: '1', credentialId: gid }]);
  });
});
