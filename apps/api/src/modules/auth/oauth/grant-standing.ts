import { ServonautError } from '@servonaut/contracts';
import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { oidcRecords, plans, users } from '../../../platform/database/schema.ts';
import { levelsOf } from '../levels.ts';
import type { Role } from '../people/user-service.ts';
import type { EntitlementLevel } from '../principal.ts';

/** What the database says of a grant and of the user who gave it. */
export interface GrantStanding {
  readonly userId: string;
  readonly userName: string;
  readonly role: Role;
  readonly disabled: boolean;
  /** Of the user. */
  readonly levels: readonly EntitlementLevel[];
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
      user: { id: users.id, name: users.name, role: users.role, disabledAt: users.disabledAt, rules: users.rules },
      plan: { id: plans.id, rules: plans.rules },
      latestAt: oidcRecords.latestAt,
    })
    .from(oidcRecords)
    .innerJoin(users, eq(users.id, oidcRecords.accountId))
    .leftJoin(plans, eq(plans.id, users.planId))
    .where(and(isGrant(id), isLive(now)));
  if (!row) return undefined;
  const { user, plan, latestAt } = row;
  const { name: userName, role, disabledAt } = user;
  const facts = { userId: String(user.id), userName, role, disabled: disabledAt !== null };
  return { ...facts, levels: levelsOf(user, plan), latestAt };
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
