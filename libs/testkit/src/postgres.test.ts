import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { SHARED_POSTGRES, startPostgres, startPostgresDatabase, type TestPostgres } from './postgres.ts';

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it('gives every caller an empty database of its own', async () => {
    const [one, two] = [await server.createDatabase(), await server.createDatabase()];
    await query(one, 'CREATE TABLE t (a int)');
    await expect(query(two, 'SELECT * FROM t')).rejects.toThrow(/does not exist/);
  });

  it('lends itself to whoever needs a database and no more, and is rid of that afterwards', async () => {
    const [other, shared] = [process.env[SHARED_POSTGRES], server.url];
    process.env[SHARED_POSTGRES] = shared;
    const database = await startPostgresDatabase();
    if (other === undefined) delete process.env[SHARED_POSTGRES];
    else process.env[SHARED_POSTGRES] = other;
    expect(new URL(database.url).port).toBe(String(server.port));
    expect(await query(database.url, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    await database.stop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
    expect(await query(shared, 'SELECT 2 AS a')).toEqual([{ a: 2 }]);
  });

  it('refuses whoever lacks the password', async () => {
    const url = new URL(server.url);
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('comes back after it was killed, on the same port, with what was committed', async () => {
    const url = await server.createDatabase();
    await query(url, 'CREATE TABLE t AS SELECT 5 AS a');
    await server.kill();
    await expect(query(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await query(url, 'SELECT a FROM t')).toEqual([{ a: 5 }]);
  });
});
