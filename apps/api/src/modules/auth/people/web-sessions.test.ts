import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { webSessions } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { secretId } from './link-secret.ts';
import { HERE, newPerson, people, type People } from './testing/people.ts';

const NOT_FOUND = { code: 'not_found' };

describe.each(DATABASES)('sessions of browsers, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
  }, 60_000);
  afterAll(() => connection.close());

  const change = (secret: string, set: Partial<typeof webSessions.$inferInsert>) =>
    connection.database
      .update(webSessions)
      .set(set)
      .where(eq(webSessions.id, secretId(secret)));

  it('say who is there, since when and from where', async () => {
    const { user } = await newPerson(all);
    const secret = await all.sessions.begin(user, ['pwd', 'otp'], HERE);
    const session = await all.sessions.of(secret);
    expect(session).toMatchObject({ ...HERE, userId: user.id, methods: ['pwd', 'otp'] });
    expect(Number(session?.expiresAt) - Number(session?.createdAt)).toBeCloseTo(168 * 3_600_000, -5);
    expect(JSON.stringify(session)).not.toContain(secret);
  });

  it('are not opened by anything but their secret', async () => {
    const { user } = await newPerson(all);
    const secret = await all.sessions.begin(user, ['pwd'], HERE);
    for (const other of [undefined, '', 'x', secretId(secret), secret.slice(1)])
      expect(await all.sessions.of(other)).toBeUndefined();
  });

  it('end when their time is over, and are then forgotten', async () => {
    const { user } = await newPerson(all);
    const secret = await all.sessions.begin(user, ['pwd'], HERE);
    await change(secret, { expiresAt: new Date(Date.now() - 1) });
    expect(await all.sessions.of(secret)).toBeUndefined();
    expect(await all.sessions.list(user.id)).toEqual([]);
    await all.sessions.begin(user, ['pwd'], HERE);
    expect(await connection.database.$count(webSessions, eq(webSessions.userId, Number(user.id)))).toBe(1);
  });

  it('are of no use while their user is disabled', async () => {
    const { user } = await newPerson(all);
    const secret = await all.sessions.begin(user, ['pwd'], HERE);
    await all.users.setDisabled(user.id, true);
    expect(await all.sessions.of(secret)).toBeUndefined();
  });

  it('are ended one by one, by their own user', async () => {
    const [one, other] = [await newPerson(all), await newPerson(all)];
    const [first, second] = [
      await all.sessions.begin(one.user, [], HERE),
      await all.sessions.begin(one.user, [], HERE),
    ];
    for (const none of ['', '\0', 'x'.repeat(43)])
      await expect(all.sessions.end(none, one.user.id)).rejects.toMatchObject(NOT_FOUND);
    await expect(all.sessions.end(secretId(first), other.user.id)).rejects.toMatchObject(NOT_FOUND);
    await all.sessions.end(secretId(first), one.user.id);
    await expect(all.sessions.end(secretId(first), one.user.id)).rejects.toMatchObject(NOT_FOUND);
    expect(await all.sessions.of(first)).toBeUndefined();
    expect((await all.sessions.list(one.user.id)).map(({ id }) => id)).toEqual([secretId(second)]);
  });

  it('are ended all at once, except one and except those of others', async () => {
    const [one, other] = [await newPerson(all), await newPerson(all)];
    const kept = await all.sessions.begin(one.user, [], HERE);
    const ended = await all.sessions.begin(one.user, [], HERE);
    const others = await all.sessions.begin(other.user, [], HERE);
    await all.sessions.endAll(one.user.id, secretId(kept));
    expect(
      await Promise.all([kept, ended, others].map(async (secret) => Boolean(await all.sessions.of(secret)))),
    ).toEqual([true, false, true]);
    await all.sessions.endAll(one.user.id);
    expect(await all.sessions.of(kept)).toBeUndefined();
  });

  it('say when they were last used, to the minute', async () => {
    const { user } = await newPerson(all);
    const secret = await all.sessions.begin(user, [], HERE);
    const hourAgo = new Date(Date.now() - 3_600_000);
    await change(secret, { lastSeenAt: hourAgo });
    expect((await all.sessions.of(secret))?.lastSeenAt).toEqual(hourAgo);
    expect(Number((await all.sessions.of(secret))?.lastSeenAt)).toBeGreaterThan(Number(hourAgo));
  });
});
