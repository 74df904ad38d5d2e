import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { and, eq, inArray } from 'drizzle-orm';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { grantStanding } from './grant-standing.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

const DAY_MS = 86_400_000;
/** Seconds pass between two looks at a clock. */
const SOME_MS = 60_000;

describe.each(DATABASES)('how long a grant lives, on %s', (_, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let client: OauthTestClient;
  let clientId: string;
  let gid: string;
  let token: string;

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection, { generous: true });
    client = new OauthTestClient(app.publicUrl);
    await app.users.create('ada');
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });
  beforeEach(async () => {
    clientId = String((await client.register())['client_id']);
    const given = await client.redeem(clientId, await client.authorize(clientId));
    gid = String(decodeJwt(String(given['access_token']))['gid']);
    token = String(given['refresh_token']);
  });

  const grant = and(eq(oidcRecords.model, 'Grant'));
  const rowOf = async (model: 'Grant' | 'Client') => {
    const id = model === 'Grant' ? gid : app.records.storedName(clientId);
    const where = and(eq(oidcRecords.model, model), eq(oidcRecords.id, id));
    const [row] = await connection.database.select().from(oidcRecords).where(where);
    if (!row) throw new Error(`no ${model}`);
    return row;
  };
  const set = (values: Partial<typeof oidcRecords.$inferInsert>) =>
    connection.database
      .update(oidcRecords)
      .set(values)
      .where(and(grant, eq(oidcRecords.id, gid)));
  const inDays = (instant: Date | null): number => ((instant?.getTime() ?? 0) - Date.now()) / DAY_MS;
  const about = (days: number) => [days - SOME_MS / DAY_MS, days] as const;
  const expectDays = (instant: Date | null, days: number): void => {
    const [least, most] = about(days);
    expect(inDays(instant)).toBeGreaterThan(least);
    expect(inDays(instant)).toBeLessThanOrEqual(most);
  };

  it('is 30 days when nothing is renewed, and at the latest a year', async () => {
    const { expiresAt, latestAt } = await rowOf('Grant');
    expectDays(expiresAt, 30);
    expectDays(latestAt, 365);
  });

  it('begins anew with each renewal, and its client is kept as well', async () => {
    const soon = new Date(Date.now() + DAY_MS);
    const both = inArray(oidcRecords.id, [gid, app.records.storedName(clientId)]);
    await connection.database.update(oidcRecords).set({ expiresAt: soon }).where(both);
    expect(await client.refresh(clientId, token)).toMatchObject({ status: 200 });
    expectDays((await rowOf('Grant')).expiresAt, 30);
    expectDays((await rowOf('Client')).expiresAt, 90);
  });

  it('is not put off by renewals beyond the latest', async () => {
    const latestAt = new Date(Date.now() + DAY_MS);
    await set({ latestAt });
    expect(await client.refresh(clientId, token)).toMatchObject({ status: 200 });
    expect((await rowOf('Grant')).expiresAt).toEqual(latestAt);
  });

  it('is over when it was used by nobody for so long: nothing renews it', async () => {
    await set({ expiresAt: new Date(Date.now() - 1) });
    expect(await grantStanding(connection.database, gid)).toBeUndefined();
    expect(await client.refresh(clientId, token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('is what its access tokens say of it', async () => {
    const { latestAt } = await rowOf('Grant');
    expect(await grantStanding(connection.database, gid)).toMatchObject({ latestAt });
  });
});
