import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { MIGRATIONS_FOLDER, type DatabaseConnection } from './database.ts';
import * as schema from './schema.ts';

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
/** Any number that nothing else on the server locks: "servonau" in ASCII. */
const MIGRATION_LOCK = '8315178135760167285';

/**
 * Connects to PostgreSQL and brings it up to date. Of several processes that start at once, one migrates and the others wait.
 * @throws ServonautError `unavailable` when it cannot be reached or does not let us in.
 */
export async function openPostgresqlDatabase(url: string): Promise<DatabaseConnection> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks while idle is replaced by the next query; without a listener it would end the process.
  pool.on('error', (error) => new Logger('PostgreSQL').warn(`idle connection: ${error.message}`));
  try {
    await migrateAlone(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { kind: 'postgresql', database: drizzle(pool, { schema }), close: () => pool.end() };
}

async function migrateAlone(pool: pg.Pool): Promise<void> {
  const client = await pool.connect().catch(unreachable);
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client, { schema }), { migrationsFolder: MIGRATIONS_FOLDER });
  } finally {
    // Destroying the connection gives up the lock, whatever became of the migration.
    client.release(true);
  }
}

function unreachable(cause: Error & { code?: string }): never {
  throw new ServonautError('unavailable', {
    message: `PostgreSQL at DATABASE_URL does not take connections (${cause.code ?? cause.message}).`,
    nextStep: 'Check that it runs, and the address, the user and the password.',
    cause,
  });
}
