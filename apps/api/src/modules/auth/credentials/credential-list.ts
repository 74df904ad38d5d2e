import { credentialIdSchema, givenInstantSchema, type CredentialState } from '@servonaut/contracts';
import { and, asc, eq, gt, isNotNull, isNull, lte, or, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../../../platform/database/database.ts';
import { credentials } from '../../../platform/database/schema.ts';
import { PageCursor, pageOf } from '../../../platform/http/page-cursor.ts';
import { toFacts, type CredentialFacts } from './credential-facts.ts';

/** Which credentials. What is not given does not narrow. */
export interface CredentialFilter {
  readonly userId?: string | undefined;
  readonly label?: string | undefined;
  readonly state?: CredentialState | undefined;
  /** Of the credential or grant that has issued them. */
  readonly createdBy?: string | undefined;
}

export interface CredentialPage {
  readonly page: readonly CredentialFacts[];
  /** Null after the last one. */
  readonly nextCursor: string | null;
}

const cursor = new PageCursor(z.tuple([givenInstantSchema, credentialIdSchema]));

/** To the millisecond, as far as a cursor tells instants apart. */
const createdAt = sql`date_trunc('milliseconds', ${credentials.createdAt})`;

/** Oldest first. */
export async function listCredentials(database: Database, filter: CredentialFilter): Promise<CredentialFacts[]> {
  const rows = await rowsOf(database, matching(filter));
  return rows.map(toFacts);
}

/** @throws ServonautError `invalid_request` for a cursor that was not given out */
export async function pageOfCredentials(
  database: Database,
  filter: CredentialFilter,
  { cursor: text, limit }: { cursor?: string | undefined; limit: number },
): Promise<CredentialPage> {
  const [at, id] = text === undefined ? [] : cursor.read(text);
  const isBehind = at === undefined ? undefined : sql`(${createdAt}, ${credentials.id}) > (${at}::timestamptz, ${id})`;
  const rows = await rowsOf(database, and(matching(filter), isBehind)).limit(limit + 1);
  const { page, last } = pageOf(rows.map(toFacts), limit);
  return { page, nextCursor: last ? cursor.write([last.createdAt.toISOString(), last.id]) : null };
}

/** Those whose tokens are taken, or no more. */
export function isInState(state: CredentialState, now = new Date()): SQL | undefined {
  if (state === 'revoked') return isNotNull(credentials.revokedAt);
  const lasts =
    state === 'active'
      ? or(isNull(credentials.expiresAt), gt(credentials.expiresAt, now))
      : lte(credentials.expiresAt, now);
  return and(isNull(credentials.revokedAt), lasts);
}

function rowsOf(database: Database, where: SQL | undefined) {
  return database.select().from(credentials).where(where).orderBy(asc(createdAt), asc(credentials.id));
}

function matching({ userId, label, state, createdBy }: CredentialFilter): SQL | undefined {
  return and(
    userId === undefined ? undefined : eq(credentials.userId, Number(userId)),
    label === undefined ? undefined : eq(credentials.label, label),
    state === undefined ? undefined : isInState(state),
    createdBy === undefined ? undefined : eq(credentials.createdBy, createdBy),
  );
}
