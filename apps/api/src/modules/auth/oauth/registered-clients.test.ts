import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { RegisteredClients } from './registered-clients.ts';

const DAY_MS = 86_400_000;

describe.each(DATABASES)('clients that have registered, in %s', (_, open) => {
  let connection: TestDatabase;
  const clients = (mostClients: number) => new RegisteredClients(connection.database, { auth: { mostClients } });
  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(() => connection.database.delete(oidcRecords));

  /** @param letIn days after the registration, or null for never */
  async function registered(id: string, daysAgo: number, letIn: number | null): Promise<void> {
    const createdAt = new Date(Date.now() - daysAgo * DAY_MS);
    // The two times of a row are made a moment apart.
    const expiresAt = new Date(createdAt.getTime() + (90 + (letIn ?? 0)) * DAY_MS + (letIn === null ? -5 : 60_000));
    await connection.database
      .insert(oidcRecords)
      .values({ model: 'Client', id, payloadSealed: 'x', createdAt, expiresAt });
  }

  async function names(): Promise<string[]> {
    return (await connection.database.select().from(oidcRecords)).map(({ id }) => id).toSorted();
  }

  it('stay while there is room', async () => {
    for (const name of ['a', 'b']) await registered(name, 1, null);
    await clients(3).makeRoom();
    expect(await names()).toEqual(['a', 'b']);
  });

  it('go when nobody has let them in, the oldest first, and nothing else does', async () => {
    await connection.database.insert(oidcRecords).values({ model: 'Grant', id: 'grant', payloadSealed: 'x' });
    await registered('used', 80, 0);
    await registered('old', 3, null);
    await registered('new', 0, null);
    await clients(3).makeRoom();
    expect(await names()).toEqual(['grant', 'new', 'used']);
  });

  it('go when they were let in longest ago, if all were', async () => {
    await registered('lately', 80, 79);
    await registered('long ago', 80, 1);
    await clients(2).makeRoom();
    expect(await names()).toEqual(['lately']);
  });

  it('go down to the limit, however many there are', async () => {
    for (let at = 0; at < 6; at += 1) await registered(`c${at}`, 6 - at, null);
    await clients(3).makeRoom();
    expect(await names()).toEqual(['c4', 'c5']);
  });
});
