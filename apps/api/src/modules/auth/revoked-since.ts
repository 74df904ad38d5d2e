import { gte } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { credentials, users } from '../../platform/database/schema.ts';
import { grantsEndedSince } from './ended-grants.ts';
import { delegationsEndedSince, membersRemovedSince } from './grantors.ts';
import type { Revocation } from './revocations.ts';

/** What was revoked at the instant or later, by whichever process; users who have been enabled again are not among it. */
export async function revokedSince(database: Database, instant: Date): Promise<readonly Revocation[]> {
  const [ofCredentials, ofUsers, ofGrants, ofDelegations, ofMembers] = await Promise.all([
    database
      .select({ userId: credentials.userId, credentialId: credentials.id })
      .from(credentials)
      .where(gte(credentials.revokedAt, instant)),
    database.select({ userId: users.id }).from(users).where(gte(users.disabledAt, instant)),
    grantsEndedSince(database, instant),
    delegationsEndedSince(database, instant),
    membersRemovedSince(database, instant),
  ]);
  const theirs = [...ofCredentials, ...ofUsers].map(({ userId, ...rest }) => ({ ...rest, userId: String(userId) }));
  return [...theirs, ...ofGrants, ...ofDelegations, ...ofMembers];
}
