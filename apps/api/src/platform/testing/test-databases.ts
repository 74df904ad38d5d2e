import { Logger } from '@nestjs/common';
import { startPostgresDatabase, temporaryFolder } from '@servonaut/testkit';
import type { DatabaseConnection } from '../database/database.ts';
import { openDatabase } from '../database/database.provider.ts';

// A server that stops under idle connections, as these do at the end, is worth a warning anywhere but here.
Logger.overrideLogger(false);

/** A database of its own for one suite. */
export interface TestDatabase extends DatabaseConnection {
  readonly settings: { readonly databaseUrl: string | null; readonly dataDir: string };
}

/** For `describe.each`: both databases that the coordinator knows, each real, migrated and empty. Opening takes seconds: once per suite. */
export const DATABASES: readonly (readonly [DatabaseConnection['kind'], () => Promise<TestDatabase>])[] = [
  ['pglite', async () => open({ databaseUrl: null, dataDir: await temporaryFolder() })],
  ['postgresql', openPostgresql],
];

async function openPostgresql(): Promise<TestDatabase> {
  const database = await startPostgresDatabase();
  const connection = await open({ databaseUrl: database.url, dataDir: await temporaryFolder() });
  return { ...connection, close: () => connection.close().then(() => database.stop()) };
}

async function open(settings: TestDatabase['settings']): Promise<TestDatabase> {
  return { ...(await openDatabase(settings)), settings };
}
