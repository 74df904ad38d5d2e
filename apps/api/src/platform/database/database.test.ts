import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { eq, sql } from 'drizzle-orm';
import { withoutQuery } from '../errors/failed-query.ts';
import { DATABASES, type TestDatabase } from '../testing/test-databases.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { copyTemplate } from './database-template.ts';
import { MIGRATIONS_FOLDER } from './database.ts';
import { openDatabase } from './database.provider.ts';
import { credentials, users } from './schema.ts';

describe.each(DATABASES)('database on %s', (kind, open) => {
  let connection: TestDatabase;

  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterAll(() => connection.close());

  it('says what it is', () => expect(connection.kind).toBe(kind));

  it('gives users ascending ids and keeps names unique', async () => {
    const { database } = connection;
    const [first] = await database.insert(users).values({ name: 'a' }).returning();
    const [second] = await database.insert(users).values({ name: 'b' }).returning();
    expect(second!.id).toBeGreaterThan(first!.id);
    expect(await database.insert(users).values({ name: 'a' }).onConflictDoNothing().returning()).toEqual([]);
  });

  it('fails with an error of which nothing that was bound is told', async () => {
    const { database } = connection;
    const [user] = await database.insert(users).values({ name: 'secretive' }).returning();
    const row = { id: 'twice', userId: user!.id, label: 'l', scopes: [], secretHash: 'hunter2' };
    const failed: unknown = await database
      .insert(credentials)
      .values([row, row])
      .catch((error: unknown) => error);
    expect(String(failed)).toContain('hunter2');
    const told = withoutQuery(failed);
    expect(told).toMatchObject({ message: expect.stringContaining('duplicate key') });
    expect(inspect(told, { depth: 9, showHidden: true })).not.toMatch(/hunter2|insert into/);
  });

  it('gives back lists, instants and nulls as they were', async () => {
    const { database } = connection;
    const [user] = await database.insert(users).values({ name: 'lists' }).returning();
    const row = { id: 'c1', userId: user!.id, label: 'l', scopes: ['admin'], tools: ['a"b', 'c,d'], secretHash: 'h' };
    const expiresAt = new Date('2030-01-02T03:04:05.678Z');
    await database.insert(credentials).values({ ...row, expiresAt });
    const [stored] = await database.select().from(credentials).where(eq(credentials.id, 'c1'));
    expect(stored).toMatchObject({ ...row, expiresAt, servers: null, revokedAt: null });
    expect(stored!.createdAt).toBeInstanceOf(Date);
  });

  it('knows one user by an e-mail address, however it is written, and any number without one', async () => {
    const { database } = connection;
    await database.insert(users).values([{ name: 'c', email: 'Ada@Example.com' }, { name: 'd' }, { name: 'e' }]);
    const again = database.insert(users).values({ name: 'f', email: 'ada@example.COM' }).onConflictDoNothing();
    expect(await again.returning()).toEqual([]);
  });

  it('takes back a transaction that fails', async () => {
    const { database } = connection;
    const failing = database.transaction(async (transaction) => {
      await transaction.insert(users).values({ name: 'ghost' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.select().from(users).where(eq(users.name, 'ghost'))).toEqual([]);
  });
});

/** A database without a single table. From the template of the build where there is one, which takes a tenth of the time. */
async function beforeMigrations(): Promise<PGlite> {
  const folder = path.join(await temporaryFolder(), 'database');
  copyTemplate(folder);
  const client = await PGlite.create(folder);
  await client.exec('DROP SCHEMA IF EXISTS drizzle CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return client;
}

const statements = async (name: string): Promise<string[]> =>
  (await readFile(path.join(MIGRATIONS_FOLDER, name), 'utf8')).split('--> statement-breakpoint');

describe('a database from before anybody could sign in', () => {
  it('keeps its users, of whom the first, who runs the coordinator, becomes its admin', async () => {
    const client = await beforeMigrations();
    for (const statement of await statements('0000_start.sql')) await client.exec(statement);
    await client.exec(`insert into users (name) values ('admin'), ('olga')`);
    for (const statement of await statements('0001_people_and_oauth.sql')) await client.exec(statement);
    const { rows } = await client.query('select name, role, email from users order by id');
    await client.close();
    expect(rows).toEqual([
      { name: 'admin', role: 'admin', email: null },
      { name: 'olga', role: 'member', email: null },
    ]);
  });
});

describe('the template of the build', () => {
  it('becomes a database whole or not at all', async () => {
    const [folder, template] = [await temporaryFolder(), await temporaryFolder()];
    const database = path.join(folder, 'database');
    expect(copyTemplate(database, path.join(template, 'missing'))).toBe(false);
    expect(existsSync(database)).toBe(false);
    await writeFile(path.join(template, 'PG_VERSION'), '17');
    await mkdir(`${database}.unfinished`);
    await writeFile(path.join(`${database}.unfinished`, 'postmaster.pid'), 'of a start that was ended');
    expect(copyTemplate(database, template)).toBe(true);
    expect(await readdir(folder)).toEqual(['database']);
    expect(await readdir(database)).toEqual(['PG_VERSION']);
  });
});

describe('a database in which a user has several subjects at one provider', () => {
  it('keeps the first of them, and takes no second one any more', async () => {
    const client = await beforeMigrations();
    const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).toSorted();
    const until = names.indexOf('0005_signed_in_at.sql');
    const run = async (some: readonly string[]) => {
      for (const name of some) for (const statement of await statements(name)) await client.exec(statement);
    };
    await run(names.slice(0, until));
    await client.exec(`insert into users (name) values ('ada'), ('bert');
      insert into upstream_identities (issuer, subject, user_id, created_at) values
        ('here', 'later', 1, '2026-02-02'), ('here', 'first', 1, '2026-01-01'), ('there', 'other', 1, '2026-03-03'),
        ('here', 'b', 2, '2026-01-01'), ('here', 'a', 2, '2026-01-01')`);
    await run(names.slice(until));
    const { rows } = await client.query('select issuer, subject from upstream_identities order by user_id, issuer');
    const second = client.exec(`insert into upstream_identities (issuer, subject, user_id) values ('here', 'x', 1)`);
    await expect(second).rejects.toThrow('upstream_identities_user_id_issuer');
    await client.close();
    expect(rows).toEqual([
      { issuer: 'here', subject: 'first' },
      { issuer: 'there', subject: 'other' },
      { issuer: 'here', subject: 'a' },
    ]);
  });
});

describe('PostgreSQL', () => {
  it('is migrated by one of several processes that start at once', async () => {
    const [, open] = DATABASES[1]!;
    const first = await open();
    const { settings, database } = first;
    await database.execute(sql`drop schema public cascade; drop schema drizzle cascade; create schema public`);
    const all = await Promise.all([1, 2, 3, 4].map(() => openDatabase(settings)));
    expect(await all[0]!.database.select().from(users)).toEqual([]);
    await Promise.all(all.map((connection) => connection.close()));
    await first.close();
  }, 60_000);
});

describe('a PostgreSQL that is not there', () => {
  it('is named by its setting, without its password', async () => {
    const settings = { databaseUrl: 'postgres://u:hunter2@127.0.0.1:1/d', dataDir: '/nowhere' };
    const refused = await openDatabase(settings).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unavailable', message: expect.stringContaining('DATABASE_URL') });
    expect((refused as Error).message).not.toContain('hunter2');
  });
});

describe('data folder', () => {
  it('belongs to one coordinator, in this process or another', async () => {
    const dataDir = await temporaryFolder();
    const lock = await lockDataFolder(dataDir);
    await expect(lockDataFolder(dataDir)).rejects.toMatchObject({ code: 'config_invalid' });
    lock.release();
    (await lockDataFolder(dataDir)).release();
  });

  it('shows its lock to nobody else, in a folder that was there before too', async () => {
    const dataDir = await temporaryFolder();
    await chmod(dataDir, 0o755);
    const umask = process.umask(0);
    try {
      (await lockDataFolder(dataDir)).release();
    } finally {
      process.umask(umask);
    }
    expect((await stat(path.join(dataDir, 'coordinator.lock'))).mode & 0o777).toBe(0o600);
  });

  it('has locks of several names that do not exclude each other', async () => {
    const dataDir = await temporaryFolder();
    const locks = [await lockDataFolder(dataDir, 'one.lock'), await lockDataFolder(dataDir, 'another.lock')];
    await expect(lockDataFolder(dataDir, 'one.lock')).rejects.toMatchObject({ code: 'config_invalid' });
    for (const lock of locks) lock.release();
  });

  it('is free again when its process is killed', async () => {
    const dataDir = await temporaryFolder();
    const holder = fork(new URL('testing/lock-holder.ts', import.meta.url), [dataDir], {
      execArgv: ['--conditions=@servonaut/source'],
    });
    await once(holder, 'message');
    await expect(lockDataFolder(dataDir)).rejects.toMatchObject({ message: expect.stringContaining(dataDir) });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    (await lockDataFolder(dataDir)).release();
  });

  it('is made for its owner alone', async () => {
    const dataDir = `${await temporaryFolder()}/data`;
    (await lockDataFolder(dataDir)).release();
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });
});
