import { renameSync, rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { DATABASE_TEMPLATE } from './database-template.ts';

/** Run by the build: makes the template anew. */
const unfinished = `${DATABASE_TEMPLATE}.unfinished`;
for (const folder of [DATABASE_TEMPLATE, unfinished]) rmSync(folder, { recursive: true, force: true });
const database = await PGlite.create(unfinished);
await database.close();
renameSync(unfinished, DATABASE_TEMPLATE);
