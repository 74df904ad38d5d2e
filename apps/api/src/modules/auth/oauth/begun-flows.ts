import { Inject, Injectable } from '@nestjs/common';
import { and, asc, inArray, isNull } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { makeRoom } from './make-room.ts';

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
  makeRoom(): Promise<void> {
    const are = and(inArray(oidcRecords.model, BEGUN), isNull(oidcRecords.accountId));
    return makeRoom(this.database, { are, most: this.#most, order: [asc(oidcRecords.createdAt)] });
  }
}
