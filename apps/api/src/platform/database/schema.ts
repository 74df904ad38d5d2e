import { bigint, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** Tables of the coordinator, the same on PGlite and on PostgreSQL. After a change: `npx drizzle-kit generate` in apps/api. */

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const users = pgTable('users', {
  /** A number in the database, text everywhere else. */
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull().unique(),
  createdAt: instant('created_at').notNull().defaultNow(),
  disabledAt: instant('disabled_at'),
});

export const credentials = pgTable(
  'credentials',
  {
    /** The public half of the token. */
    id: text('id').primaryKey(),
    userId: bigint('user_id', { mode: 'number' })
      .notNull()
      .references(() => users.id),
    label: text('label').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Null: no limit of its own. */
    tools: text('tools').array(),
    servers: text('servers').array(),
    /** SHA-256 of the secret half, in base64url. */
    secretHash: text('secret_hash').notNull(),
    /** Id of the credential that issued it; null for those of the first start. */
    createdBy: text('created_by'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** Exact to a minute. */
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [index('credentials_user_id').on(table.userId)],
);
