import { existsSync } from 'node:fs';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Logger } from '@nestjs/common';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { lockDataFolder } from './data-folder-lock.ts';
import { copyTemplate } from './database-template.ts';
import { MIGRATIONS_FOLDER, type DatabaseConnection } from './database.ts';
import * as schema from './schema.ts';

/**
 * Opens PostgreSQL inside this process, with its files in `<dataDir>/database`.
 * @throws ServonautError `config_invalid` when another process has the data folder.
 */
export async function openPgliteDatabase(dataDir: string): Promise<DatabaseConnection> {
  const lock = await lockDataFolder(dataDir);
  try {
    const folder = path.join(dataDir, 'database');
    if (!existsSync(folder) && !copyTemplate(folder))
      new Logger('PGlite').log('making the database; this once it takes some seconds');
    const client = await PGlite.create(folder);
    const database = drizzle(client, { schema });
    await migrate(database, { migrationsFolder: MIGRATIONS_FOLDER });
    return { kind: 'pglite', database, close: () => client.close().finally(() => lock.release()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}
