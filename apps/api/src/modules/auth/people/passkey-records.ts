import { Inject, Injectable } from '@nestjs/common';
import { and, asc, eq, lt } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { passkeys } from '../../../platform/database/schema.ts';
import type { PasskeyKey } from './passkey-answers.ts';

export type PasskeyRecord = typeof passkeys.$inferSelect;

/** Reads and writes passkeys. Stays within this folder. */
@Injectable()
export class PasskeyRecords {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  ofUser(userId: string, database = this.database): Promise<PasskeyRecord[]> {
    return database
      .select()
      .from(passkeys)
      .where(eq(passkeys.userId, Number(userId)))
      .orderBy(asc(passkeys.createdAt), asc(passkeys.id));
  }

  async ofId(id: string): Promise<PasskeyRecord | undefined> {
    const [row] = await this.database.select().from(passkeys).where(eq(passkeys.id, id));
    return row;
  }

  /** @returns whether there was none of this id, of whomever. */
  async add(row: typeof passkeys.$inferInsert, database = this.database): Promise<boolean> {
    return (await database.insert(passkeys).values(row).onConflictDoNothing().returning()).length > 0;
  }

  /**
   * In one statement, so that of two uses with one count only one is taken.
   * @param counter 0 for a device that does not count
   * @returns whether it has gone on.
   */
  async use(id: string, counter: number, database = this.database): Promise<boolean> {
    const goesOn = counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, counter);
    const used = await database
      .update(passkeys)
      .set({ counter, lastUsedAt: new Date() })
      .where(and(eq(passkeys.id, id), goesOn))
      .returning({ id: passkeys.id });
    return used.length > 0;
  }

  /** @returns whether it was theirs. */
  async remove(id: string, userId: string, database = this.database): Promise<boolean> {
    const theirs = and(eq(passkeys.id, id), eq(passkeys.userId, Number(userId)));
    return (await database.delete(passkeys).where(theirs).returning({ id: passkeys.id })).length > 0;
  }
}

export function keyOf({ id, publicKey, counter }: PasskeyRecord): PasskeyKey {
  return { id, publicKey: Uint8Array.from(Buffer.from(publicKey, 'base64url')), counter };
}
