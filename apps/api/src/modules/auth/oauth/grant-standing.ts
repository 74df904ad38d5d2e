import { ServonautError } from '@servonaut/contracts';
import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { oidcRecords, users } from '../../../platform/database/schema.ts';
import type { Role } from '../people/user-service.ts';

/** What the database says of a grant and of the user who gave it. */
export interface GrantStanding {
  readonly userId: string;
  readonly userName: string;
  readonly role: Role;
  readonly disabled: boolean;
  /** When it ends, however much it is used. */
  readonly latestAt: Date | null;
}

/** Undefined when there is no such grant any more. @param id as it is stored */
export async function grantStanding(
  database: Database,
  id: string,
  now = new Date(),
): Promise<GrantStanding | undefined> {
  const [row] = await database
    .select({
      userId: users.id,
      userName: users.name,
      role: users.role,
      disabledAt: users.disabledAt,
      latestAt: oidcRecords.latestAt,
    })
    .from(oidcRecords)
    .innerJoin(users, eq(users.id, oidcRecords.accountId))
    .where(and(isGrant(id), isLive(now)));
  if (!row) return undefined;
  const { userId, disabledAt, ...standing } = row;
  return { ...standing, userId: String(userId), disabled: disabledAt !== null };
}

/** @throws ServonautError `token_revoked` */
export function inForce(standing: GrantStanding | undefined): GrantStanding {
  if (!standing) throw new ServonautError('token_revoked');
  if (standing.disabled) throw new ServonautError('token_revoked', { message: 'The user of this token is disabled.' });
  return standing;
}

/** Records are swept some time after they have expired. */
export function isLive(now: Date) {
  return or(isNull(oidcRecords.expiresAt), gt(oidcRecords.expiresAt, now));
}

function isGrant(id: string) {
  return and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.id, id));
}
