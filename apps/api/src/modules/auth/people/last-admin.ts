import { ServonautError } from '@servonaut/contracts';
import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { users } from '../../../platform/database/schema.ts';

/**
 * To be asked before somebody stops being an admin: without one there would be nobody who could make another. Holds all admins until the transaction
 * ends, so that two of them do not leave at the same moment.
 * @throws ServonautError `conflict`
 */
export async function refuseLastAdmin(userId: string, transaction: Database): Promise<void> {
  const admins = await transaction
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'admin'), isNull(users.disabledAt)))
    .orderBy(users.id)
    .for('no key update');
  if (admins.length !== 1 || admins[0]?.id !== Number(userId)) return;
  throw new ServonautError('conflict', {
    message: 'There would be no admin any more.',
    nextStep: 'Make somebody else an admin first.',
  });
}
