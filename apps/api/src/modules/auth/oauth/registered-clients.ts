import { Inject, Injectable } from '@nestjs/common';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';

/** Rows of a few hundred bytes each. */
export const MOST_CLIENTS = 10_000;

/** Clients that have registered, of which strangers may make many. */
@Injectable()
export class RegisteredClients {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * Forgets as many as it takes for one more. First go those that nobody has let in since they registered, then those that nobody has let in for the
   * longest time: whoever fills the table pushes out their own.
   */
  async makeRoom(most = MOST_CLIENTS): Promise<void> {
    const isClient = eq(oidcRecords.model, 'Client');
    const clients = await this.database.$count(oidcRecords, isClient);
    if (clients < most) return;
    // Letting a client in puts off its end, which takes a person some seconds; the two times of a row are made by two clocks.
    const wasLetIn = sql`${oidcRecords.expiresAt} - ${oidcRecords.createdAt} > interval '90 days 5 seconds'`;
    const useless = this.database
      .select({ id: oidcRecords.id })
      .from(oidcRecords)
      .where(isClient)
      .orderBy(wasLetIn, oidcRecords.expiresAt)
      .limit(clients - most + 1);
    await this.database.delete(oidcRecords).where(and(isClient, inArray(oidcRecords.id, useless)));
  }
}
