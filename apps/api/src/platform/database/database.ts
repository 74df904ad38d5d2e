import { fileURLToPath } from 'node:url';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.ts';

/** Injection token of the `Database`. */
export const DATABASE = Symbol('Database');

/** What the coordinator may ask of a database: what PGlite and PostgreSQL have in common. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** An open, migrated database. */
export interface DatabaseConnection {
  readonly kind: 'pglite' | 'postgresql';
  readonly database: Database;
  /** Ends the connection; PGlite loses its latest writes without it. */
  close(): Promise<void>;
}

/** The migrations, beside `src` as well as beside `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));
