import { Inject, Injectable } from '@nestjs/common';
import { and, inArray, isNull, sql } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';

/** What anybody can begin: flows, sessions that carry the page for the code of a device, and those codes. */
const BEGUN = ['Interaction', 'Session', 'DeviceCode'];

/** Flows that nobody has signed in to yet, of which strangers may begin many. */
@Injectable()
export class BegunFlows {
  readonly #most: number;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONFIG) { auth }: { readonly auth: Pick<AppConfig['auth'], 'mostBegunFlows'> },
  ) {
    this.#most = auth.mostBegunFlows;
  }

  /**
   * Forgets as many as it takes for one more, the oldest first. To refuse the newest instead, strangers who have filled the table would keep everybody
   * out; this way they have to go on filling it faster than people sign in, from very many addresses. What somebody has signed in to stays.
   */
  async makeRoom(): Promise<void> {
    const isBegun = and(inArray(oidcRecords.model, BEGUN), isNull(oidcRecords.accountId));
    const begun = await this.database.$count(oidcRecords, isBegun);
    if (begun < this.#most) return;
    const oldest = this.database
      .select({ id: oidcRecords.id })
      .from(oidcRecords)
      .where(isBegun)
      .orderBy(oidcRecords.createdAt)
      .limit(begun - this.#most + 1)
      // Of two who make room at once, neither waits for the other.
      .for('update', { skipLocked: true });
    // An array is made once. `in` may look again for each row, when what was locked before no longer counts.
    await this.database.delete(oidcRecords).where(and(isBegun, sql`${oidcRecords.id} = any(array(${oldest}))`));
  }
}
