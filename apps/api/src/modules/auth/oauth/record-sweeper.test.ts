import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Revocations } from '../revocations.ts';
import { OidcRecords } from './oidc-records.ts';
import { RecordSweeper } from './record-sweeper.ts';

const [[, open] = []] = DATABASES;
const TEN_MINUTES = 600_000;
const MANY = 2_500;

describe('the sweeper of records', () => {
  let connection: TestDatabase;
  let records: OidcRecords;
  let sweeper: RecordSweeper;

  beforeAll(async () => {
    connection = await open!();
    records = new OidcRecords(connection.database, await deriveKeys(randomBytes(32)), new Revocations());
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(async () => {
    await connection.database.delete(oidcRecords);
    await records.save('Session', 'lives', {}, 600);
    await expired(1);
    // The database has timers of its own, and takes its time.
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['Date', 'setTimeout', 'setImmediate', 'nextTick'] });
    sweeper = new RecordSweeper(records);
    sweeper.onModuleInit();
  });
  afterEach(async () => {
    await sweeper.onModuleDestroy();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  async function expired(count: number): Promise<void> {
    const expiresAt = new Date(Date.now() - 120_000);
    const row = { model: 'Interaction', payloadSealed: 'x', expiresAt };
    const rows = Array.from({ length: count }, (_, at) => ({ ...row, id: `${count}-${at}` }));
    await connection.database.insert(oidcRecords).values(rows);
  }

  const left = () => connection.database.$count(oidcRecords);

  it('forgets every ten minutes what has expired, however much that is', async () => {
    await expired(MANY);
    jest.advanceTimersByTime(TEN_MINUTES - 1);
    expect(await left()).toBe(MANY + 2);
    jest.advanceTimersByTime(1);
    await sweeper.onModuleDestroy();
    expect(await left()).toBe(1);
  });

  it('says that it could not, and does so the next time', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    jest.spyOn(records, 'sweep').mockRejectedValueOnce(new Error('the database is away'));
    jest.advanceTimersByTime(TEN_MINUTES);
    jest.advanceTimersByTime(TEN_MINUTES);
    await sweeper.onModuleDestroy();
    expect(warn).toHaveBeenCalledWith('expired records stay for now: the database is away');
    expect(await left()).toBe(1);
  });

  it('has ended when the module has, and begins nothing after', async () => {
    await sweeper.onModuleDestroy();
    jest.advanceTimersByTime(TEN_MINUTES);
    expect([jest.getTimerCount(), await left()]).toEqual([0, 2]);
  });
});
