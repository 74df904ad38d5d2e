import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { and, eq } from 'drizzle-orm';
import { idempotentAnswers } from '../database/schema.ts';
import { deriveKeys } from '../secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../testing/test-databases.ts';
import { IdempotentAnswers, type Asking } from './idempotent-answers.ts';

const HOUR_MS = 3_600_000;
const BOUNDS = { keyHours: 24, secretMinutes: 10, keys: 3 };
const asking = (key: string, more: Partial<Asking> = {}): Asking => ({ principalId: 'ada', key, asked: 'a', ...more });
const CREATED = { status: 201, body: '{"token":"svn_secret"}' };

describe.each(DATABASES)('answers that are kept for a repetition, on %s', (_, open) => {
  let connection: TestDatabase;
  let answers: IdempotentAnswers;
  /** Of another process. */
  let elsewhere: IdempotentAnswers;

  beforeAll(async () => {
    connection = await open();
    const keys = await deriveKeys(randomBytes(32));
    answers = new IdempotentAnswers(connection.database, keys, BOUNDS);
    elsewhere = new IdempotentAnswers(connection.database, keys, BOUNDS);
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(() => connection.database.delete(idempotentAnswers));

  const refusal = (code: string) => expect.objectContaining({ code });
  const setBack = (milliseconds: number) => {
    const [createdAt, expiresAt] = [Date.now() - milliseconds, Date.now() + 24 * HOUR_MS - milliseconds];
    return connection.database
      .update(idempotentAnswers)
      .set({ createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) });
  };

  it('let one of many that ask at once be the first', async () => {
    const asked = Array.from({ length: 20 }, (__, at) => (at % 2 ? answers : elsewhere).begin(asking('k')));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([
      { status: 'fulfilled', value: undefined },
    ]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'request_in_progress', facts: { retry_after_seconds: 1 } });
  });

  it('are given again to the same request of the same principal alone', async () => {
    await answers.begin(asking('k'));
    await answers.keep(asking('k'), CREATED);
    expect(await elsewhere.begin(asking('k'))).toEqual(CREATED);
    await expect(answers.begin(asking('k', { asked: 'b' }))).rejects.toEqual(refusal('idempotency_key_reused'));
    expect(await answers.begin(asking('k', { principalId: 'bob' }))).toBeUndefined();
    expect(await answers.begin(asking('l'))).toBeUndefined();
  });

  it('are sealed where they are kept', async () => {
    await answers.begin(asking('k'));
    await answers.keep(asking('k'), CREATED);
    const rows = await connection.database.select().from(idempotentAnswers);
    expect(JSON.stringify(rows)).not.toContain('svn_secret');
    await connection.database.update(idempotentAnswers).set({ principalId: 'bob' });
    await expect(answers.begin(asking('k', { principalId: 'bob' }))).rejects.toEqual(refusal('internal'));
  });

  it('are as if never asked for once they are forgotten, or their time is over', async () => {
    await answers.begin(asking('k'));
    await answers.forget(asking('k'));
    expect(await answers.begin(asking('k', { asked: 'b' }))).toBeUndefined();
    await answers.keep(asking('k'), CREATED);
    await setBack(24 * HOUR_MS);
    expect(await answers.begin(asking('k'))).toBeUndefined();
  });

  it('with a secret are kept for minutes, and their keys as long as all others', async () => {
    const sealed = async () => (await connection.database.select().from(idempotentAnswers))[0]?.answerSealed;
    await answers.begin(asking('k'));
    await answers.keep(asking('k'), CREATED, true);
    expect(await answers.begin(asking('k'))).toEqual(CREATED);
    const [row] = await connection.database.select().from(idempotentAnswers);
    expect(row!.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + BOUNDS.secretMinutes * 60_000);
    await connection.database.update(idempotentAnswers).set({ expiresAt: new Date() });
    for (const isSwept of [false, true]) {
      await expect(elsewhere.begin(asking('k'))).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringMatching(/was done/),
      });
      await expect(answers.begin(asking('k', { asked: 'b' }))).rejects.toEqual(refusal('idempotency_key_reused'));
      expect(await sealed()).toEqual(isSwept ? null : expect.any(String));
      expect(await answers.sweep(2)).toBe(isSwept ? 0 : 1);
    }
    await connection.database.update(idempotentAnswers).set({ createdAt: new Date(Date.now() - 24 * HOUR_MS) });
    expect(await answers.sweep(2)).toBe(1);
    expect(await answers.begin(asking('k'))).toBeUndefined();
  });

  it('are not guessed at when the first request did not end', async () => {
    await answers.begin(asking('k'));
    await setBack(HOUR_MS);
    await expect(answers.begin(asking('k'))).rejects.toEqual(refusal('conflict'));
  });

  it('are bounded for each principal, the oldest going first, and none that is still to come', async () => {
    await answers.begin(asking('running'));
    await answers.begin(asking('k', { principalId: 'bob' }));
    for (const key of ['1', '2', '3', '4']) {
      await answers.begin(asking(key));
      await answers.keep(asking(key), CREATED);
      await setBackAll(1);
    }
    const rows = await connection.database.select().from(idempotentAnswers);
    expect(rows.map(({ key }) => key).sort()).toEqual(['2', '3', '4', 'k', 'running']);
  });

  /** Instants are exact to a millisecond, and a database can be quicker. */
  async function setBackAll(milliseconds: number): Promise<void> {
    for (const { principalId, key, createdAt } of await connection.database.select().from(idempotentAnswers)) {
      const earlier = { createdAt: new Date(createdAt.getTime() - milliseconds) };
      await connection.database.update(idempotentAnswers).set(earlier).where(the(principalId, key));
    }
  }
  const the = (principalId: string, key: string) =>
    and(eq(idempotentAnswers.principalId, principalId), eq(idempotentAnswers.key, key));

  it('are swept when their time is over', async () => {
    for (const key of ['1', '2', '3']) await answers.begin(asking(key));
    await setBack(25 * HOUR_MS);
    await answers.begin(asking('4'));
    expect(await answers.sweep(2)).toBe(2);
    expect(await answers.sweep(2)).toBe(1);
    expect(await answers.sweep(2)).toBe(0);
    expect(await connection.database.select().from(idempotentAnswers)).toHaveLength(1);
  });
});
