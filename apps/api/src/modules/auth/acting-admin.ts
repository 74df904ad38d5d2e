import { ServonautError } from '@servonaut/contracts';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../../platform/database/database.ts';
import { credentials, invitations, oidcRecords, users } from '../../platform/database/schema.ts';
import type { Principal } from './principal.ts';
import type { Role } from './role-scopes.ts';

/**
 * Who gives power, accepts it or ends it waits until all others have done so: they look for what stands in their way before they write, and take rows
 * away from each other. To be asked for before any row is held. Nobody waits to read.
 */
export async function oneAtATime(transaction: Database): Promise<void> {
  await transaction.execute(sql`lock table ${invitations} in share row exclusive mode`);
}

/**
 * To be asked first in a transaction that gives somebody power. Whoever gives it is an admin now, by what they ask with, and stays one until the
 * transaction ends: what was believed of them at the door may be from before they were stopped.
 * @throws ServonautError `token_revoked`, or `insufficient_scope` for a user who is an admin no more
 */
export async function holdActingAdmin(by: Principal, transaction: Database): Promise<void> {
  await oneAtATime(transaction);
  if ((await holdActing(by, transaction)) !== 'admin') throw noAdminAnyMore();
}

/**
 * The same of whoever gives no power: they are who they are now, by what they ask with, and stay so until the transaction ends. What one user asks for at
 * once is done one after the other.
 * @returns the role of the user
 * @throws ServonautError `token_revoked`
 */
export async function holdActing(by: Principal, transaction: Database): Promise<Role> {
  const [user] = await transaction
    .select({ role: users.role, disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.id, Number(by.userId)))
    .for('no key update');
  if (!user || user.disabledAt || !(await holdMeans(by, transaction))) throw new ServonautError('token_revoked');
  return user.role;
}

/** The key or the grant, unless it has ended or expired. */
async function holdMeans({ kind, id }: Principal, transaction: Database): Promise<boolean> {
  const lasts = (expiresAt: AnyPgColumn) => or(isNull(expiresAt), gt(expiresAt, new Date()));
  const held =
    kind === 'credential'
      ? await transaction
          .select({ id: credentials.id })
          .from(credentials)
          .where(and(eq(credentials.id, id), isNull(credentials.revokedAt), lasts(credentials.expiresAt)))
          .for('share')
      : await transaction
          .select({ id: oidcRecords.id })
          .from(oidcRecords)
          .where(and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.id, id), lasts(oidcRecords.expiresAt)))
          .for('share');
  return held.length === 1;
}

/** As the guard says it, so that a client is told what it lacks. */
export function noAdminAnyMore(): ServonautError {
  return new ServonautError('insufficient_scope', {
    message: 'This needs the scope admin.',
    facts: { scope: 'admin' },
  });
}
