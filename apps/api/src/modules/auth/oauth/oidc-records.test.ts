import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { oidcRecords, users } from '../../../platform/database/schema.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Revocations, type Revocation } from '../revocations.ts';
import { OidcRecords } from './oidc-records.ts';
import { recordAdapter } from './record-adapter.ts';
import { usableAs } from './refresh-rotation.ts';

const LIFETIMES = { idleSeconds: 600, grantSeconds: 600, refreshLeewaySeconds: 0 };

describe.each(DATABASES)('records of the authorization server in %s', (_, open) => {
  let connection: TestDatabase;
  let records: OidcRecords;
  const heard: Revocation[] = [];

  beforeAll(async () => {
    connection = await open();
    const revocations = new Revocations();
    revocations.subscribe((revocation) => void heard.push(revocation));
    records = new OidcRecords(connection.database, await deriveKeys(randomBytes(32)), revocations);
    await connection.database.insert(users).values({ name: 'ada' });
  }, 60_000);
  afterAll(() => connection.close());

  async function grantWithTokens(name: string): Promise<void> {
    await records.save('Grant', name, { accountId: '1', clientId: 'c' }, 600);
    for (const model of ['AuthorizationCode', 'RefreshToken'])
      await records.save(model, `${model} of ${name}`, { accountId: '1', grantId: name }, 600);
  }

  it('gives back what was saved, by each of its names', async () => {
    await records.save('DeviceCode', 'device', { userCode: 'BCDFGHJK', uid: 'u', scope: 'admin' }, 600);
    for (const found of [
      await records.find('DeviceCode', 'device'),
      await records.findByUserCode('DeviceCode', 'BCDFGHJK'),
      await records.findByUid('DeviceCode', 'u'),
    ])
      expect(found).toEqual({ userCode: 'BCDFGHJK', uid: 'u', scope: 'admin' });
    expect(await records.find('RefreshToken', 'device')).toBeUndefined();
  });

  it('keeps nothing in the table by which somebody could use a record', async () => {
    const secrets = ['code-0123456789', 'USERCODE', 'uid-0123456789', 'grant-0123456789'];
    const [name = '', userCode = '', uid = '', grantId = ''] = secrets;
    await records.save('DeviceCode', name, { jti: name, userCode, uid, grantId }, 600);
    const rows = await connection.database.select().from(oidcRecords);
    for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('does not open a record that was moved to the place of another', async () => {
    await records.save('RefreshToken', 'mine', { scope: 'mcp:tools' }, 600);
    await records.save('RefreshToken', 'theirs', { scope: 'admin' }, 600);
    await connection.database.execute(sql`
      update oidc_records set payload_sealed = (select payload_sealed from oidc_records where id = ${records.storedName('theirs')})
      where id = ${records.storedName('mine')}`);
    expect(await records.find('RefreshToken', 'mine')).toBeUndefined();
  });

  it('lets one of many win who use a code at the same moment', async () => {
    await records.save('AuthorizationCode', 'contested', { scope: 'admin' }, 600);
    const { consume } = recordAdapter(records, LIFETIMES)('AuthorizationCode');
    const won = await Promise.allSettled(Array.from({ length: 10 }, () => consume('contested')));
    expect(won.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(won.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { error: 'invalid_grant' } });
  });

  it('lets one of many win who use a refresh token at the same moment', async () => {
    await grantWithTokens('contested');
    const former = 'RefreshToken of contested';
    const successor = { accountId: '1', grantId: 'contested' };
    const strict = { seconds: 600, leewaySeconds: 0 };
    const won = await Promise.all(
      Array.from({ length: 10 }, (_each, index) => records.rotate(former, `next ${index}`, successor, strict)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await records.findRefreshToken(former)).toBeUndefined();
    expect(await records.findRefreshToken(`next ${won.indexOf(true)}`)).toMatchObject(successor);
  });

  it('takes a former refresh token from nobody while there is no leeway, also when they began before', async () => {
    await grantWithTokens('strict');
    const former = 'RefreshToken of strict';
    const strict = { seconds: 600, leewaySeconds: 0 };
    expect(await records.rotate(former, 'next of strict', { accountId: '1', grantId: 'strict' }, strict)).toBe(true);
    const begunBefore = usableAs(records.storedName(former), new Date(Date.now() - 60_000));
    expect(await connection.database.$count(oidcRecords, begunBefore)).toBe(0);
  });

  it('gives no successor to a refresh token whose grant has ended', async () => {
    await records.save('RefreshToken', 'late', { accountId: '1', grantId: 'ended before' }, 600);
    const rotated = records.rotate('late', 'later', { grantId: 'ended before' }, { seconds: 600, leewaySeconds: 60 });
    expect(await rotated).toBe(false);
    expect(await records.findRefreshToken('later')).toBeUndefined();
  });

  it('keeps a used code for the library to see', async () => {
    await records.save('AuthorizationCode', 'used', { scope: 'admin' }, 600);
    await recordAdapter(records, LIFETIMES)('AuthorizationCode').consume('used');
    expect(await records.find('AuthorizationCode', 'used')).toMatchObject({ consumed: expect.any(Number) });
  });

  it('ends the grant when its code is used again, and tells the library', async () => {
    await grantWithTokens('reused');
    const adapter = recordAdapter(records, LIFETIMES)('AuthorizationCode');
    await adapter.consume('AuthorizationCode of reused');
    await expect(adapter.consume('AuthorizationCode of reused')).rejects.toMatchObject({ error: 'invalid_grant' });
    for (const [model, name] of [
      ['Grant', 'reused'],
      ['RefreshToken', 'RefreshToken of reused'],
      ['AuthorizationCode', 'AuthorizationCode of reused'],
    ] as const)
      expect(await records.find(model, name)).toBeUndefined();
  });

  it('announces each grant that ends, once, by the name that its access tokens have', async () => {
    await grantWithTokens('ended');
    heard.length = 0;
    await records.destroy('Grant', 'ended');
    await records.destroy('Grant', 'ended');
    expect(heard).toEqual([{ userId: '1', credentialId: records.storedName('ended') }]);
  });

  it('does not find what expired a while ago, and sweeps only that', async () => {
    await records.save('Session', 'fresh', {}, 600);
    await records.save('Session', 'just expired', {}, -1);
    await records.save('Session', 'long expired', {}, -61);
    expect(await records.find('Session', 'just expired')).toBeDefined();
    expect(await records.find('Session', 'long expired')).toBeUndefined();
    expect(await records.sweep(10)).toBe(1);
    expect(await records.find('Session', 'just expired')).toBeDefined();
    expect(await records.find('Session', 'fresh')).toBeDefined();
  });

  it('sweeps so many at a time', async () => {
    for (const name of ['a', 'b', 'c']) await records.save('Interaction', name, {}, -100);
    expect(await records.sweep(2)).toBe(2);
    expect(await records.sweep(2)).toBe(1);
  });

  it('forgets a client 90 days after somebody last let it in', async () => {
    const days = (count: number) => new Date(Date.now() + count * 86_400_000);
    await records.save('Client', 'dcr', { client_name: 'T' });
    expect(await records.sweep(10, days(89))).toBeGreaterThan(0);
    expect(await records.find('Client', 'dcr')).toBeDefined();
    await connection.database.execute(sql`update oidc_records set expires_at = now() where model = 'Client'`);
    await records.save('Grant', 'of dcr', { accountId: '1', clientId: 'dcr' }, 200 * 86_400);
    await records.sweep(10, days(89));
    expect(await records.find('Client', 'dcr')).toBeDefined();
    await records.sweep(10, days(91));
    expect(await records.find('Client', 'dcr')).toBeUndefined();
  });
});
