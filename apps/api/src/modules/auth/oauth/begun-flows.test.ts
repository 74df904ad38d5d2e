import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { oidcRecords, users } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { BegunFlows } from './begun-flows.ts';

describe.each(DATABASES)('flows that strangers have begun, in %s', (_, open) => {
  let connection: TestDatabase;
  const flows = (mostBegunFlows: number) => new BegunFlows(connection.database, { auth: { mostBegunFlows } });
  beforeAll(async () => {
    connection = await open();
    await connection.database.insert(users).values({ name: 'ada' });
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(() => connection.database.delete(oidcRecords));

  async function begun(id: string, secondsAgo: number, given: { model?: string; accountId?: number } = {}) {
    const createdAt = new Date(Date.now() - secondsAgo * 1_000);
    await connection.database
      .insert(oidcRecords)
      .values({ model: 'Interaction', id, payloadSealed: 'x', createdAt, ...given });
  }

  async function names(): Promise<string[]> {
    return (await connection.database.select().from(oidcRecords)).map(({ id }) => id).toSorted();
  }

  it('stay while there is room', async () => {
    for (const id of ['a', 'b']) await begun(id, 1);
    await flows(3).makeRoom();
    expect(await names()).toEqual(['a', 'b']);
  });

  it('go when there is none, the oldest first, whatever they are', async () => {
    await begun('old flow', 30);
    await begun('old session', 40, { model: 'Session' });
    await begun('old device', 50, { model: 'DeviceCode' });
    await begun('new', 10);
    await flows(2).makeRoom();
    expect(await names()).toEqual(['new']);
  });

  it('never take the place of what somebody has signed in to, nor of anything else', async () => {
    await begun('consent', 60, { accountId: 1 });
    await begun('session', 60, { model: 'Session', accountId: 1 });
    await begun('grant', 60, { model: 'Grant' });
    for (let at = 0; at < 5; at += 1) await begun(`flow ${at}`, 10 - at);
    await flows(1).makeRoom();
    expect(await names()).toEqual(['consent', 'grant', 'session']);
  });

  it('make room for many who come at once', async () => {
    for (let at = 0; at < 20; at += 1) await begun(`flow ${at}`, 100 - at);
    await Promise.all(Array.from({ length: 10 }, () => flows(5).makeRoom()));
    expect((await names()).length).toBeLessThanOrEqual(4);
  });
});
