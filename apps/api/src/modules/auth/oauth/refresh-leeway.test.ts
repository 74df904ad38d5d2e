import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { and, eq } from 'drizzle-orm';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

describe.each(DATABASES)('a refresh token whose answer was lost, on %s', (_, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let client: OauthTestClient;
  let clientId: string;
  let gid: string;
  let token: string;

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection, { generous: true, refreshLeewaySeconds: 60 });
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
    token = String(given['refresh_token']);
    app.revoked.length = 0;
  });

  const refresh = (with_: string) => client.refresh(clientId, with_);
  const refreshed = async (with_: string): Promise<string> => {
    const answer = await refresh(with_);
    expect(answer).toMatchObject({ status: 200 });
    return String(answer['refresh_token']);
  };
  const ofFamily = () => and(eq(oidcRecords.model, 'RefreshToken'), eq(oidcRecords.grantId, gid));
  /** As if it had been used for the first time a minute ago. */
  const aMinuteLater = () =>
    connection.database.update(oidcRecords).set({ predecessorUntil: new Date() }).where(ofFamily());
  const REFUSED = { status: 400, error: 'invalid_grant' };
  const hasEnded = () => expect(app.revoked).toEqual([{ userId: '1', credentialId: gid }]);

  it('is taken again, and again, and what came of it last is good', async () => {
    await refreshed(token);
    await refreshed(token);
    const last = await refreshed(token);
    await refreshed(await refreshed(last));
    expect(app.revoked).toEqual([]);
  });

  it('is taken again by its own client alone, and the family goes on when another comes with it', async () => {
    await refreshed(token);
    const other = String((await client.register())['client_id']);
    expect(await client.refresh(other, token)).toMatchObject(REFUSED);
    await refreshed(token);
  });

  it('ends the family once somebody comes with the answer that was thought lost', async () => {
    const lost = await refreshed(token);
    const next = await refreshed(token);
    expect(await refresh(lost)).toMatchObject(REFUSED);
    hasEnded();
    expect(await refresh(next)).toMatchObject(REFUSED);
  });

  it('ends the family when the one that came of it is in use', async () => {
    const next = await refreshed(token);
    const last = await refreshed(next);
    expect(await refresh(token)).toMatchObject(REFUSED);
    hasEnded();
    expect(await refresh(last)).toMatchObject(REFUSED);
  });

  it('ends the family when it is revoked', async () => {
    const next = await refreshed(token);
    expect(await client.post('/oauth/revoke', { client_id: clientId, token })).toEqual({ status: 200 });
    hasEnded();
    expect(await refresh(next)).toMatchObject(REFUSED);
  });

  it('ends the family when it comes later than that', async () => {
    const next = await refreshed(token);
    await aMinuteLater();
    expect(await refresh(token)).toMatchObject(REFUSED);
    hasEnded();
    expect(await refresh(next)).toMatchObject(REFUSED);
  });

  it('is taken no longer for being taken again', async () => {
    await refreshed(token);
    const [first] = await connection.database.select().from(oidcRecords).where(ofFamily());
    await refreshed(token);
    const [second] = await connection.database.select().from(oidcRecords).where(ofFamily());
    expect(second?.id).not.toBe(first?.id);
    expect(second?.predecessorUntil).toEqual(first?.predecessorUntil);
  });

  it('leaves exactly one to use when it comes many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(token)));
    const rows = await connection.database.select().from(oidcRecords).where(ofFamily());
    expect(rows).toHaveLength(1);
    const usable = answers.filter(({ refresh_token: given }) => rows[0]?.id === app.records.storedName(String(given)));
    expect(usable).toHaveLength(1);
    await refreshed(String(usable[0]?.['refresh_token']));
  });

  it('ends the sign-in when its client gives it back', async () => {
    const next = await refreshed(token);
    await client.post('/oauth/revoke', { client_id: clientId, token });
    hasEnded();
    expect(await refresh(next)).toMatchObject(REFUSED);
  });

  it('is refused after its grant has ended', async () => {
    await refreshed(token);
    await app.records.endGrant(gid);
    expect(await refresh(token)).toMatchObject(REFUSED);
    expect(await connection.database.select().from(oidcRecords).where(ofFamily())).toEqual([]);
  });
});
