import { renameSync, rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { DATABASE_TEMPLATE } from './database-template.ts';
import { MIGRATIONS_FOLDER } from './database.ts';

/** Run by the build: makes the template anew. */
const unfinished = `${DATABASE_TEMPLATE}.unfinished`;
for (const folder of [DATABASE_TEMPLATE, unfinished]) rmSync(folder, { recursive: true, force: true });
const client = await PGlite.create(unfinished);
await migrate(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
await client.close();
renameSync(unfinished, DATABASE_TEMPLATE);
