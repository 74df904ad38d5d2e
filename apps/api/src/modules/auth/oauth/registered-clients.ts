import { Inject, Injectable } from '@nestjs/common';
import { asc, eq, sql } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DOCUMENT_MODEL } from './kept-documents.ts';
import { makeRoom } from './make-room.ts';

/** Clients that have registered, of which strangers may make many. */
@Injectable()
export class RegisteredClients {
  readonly #most: number;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONFIG) { auth }: { readonly auth: Pick<AppConfig['auth'], 'mostClients'> },
  ) {
    this.#most = auth.mostClients;
  }

  /**
   * Forgets as many as it takes for one more. First go those that nobody has let in since they registered, then those that nobody has let in or used for
   * the longest time: whoever fills the table pushes out their own.
   */
  makeRoom(): Promise<void> {
    // Letting a client in puts off its end, as each renewal does, which takes a person some seconds; the two times of a row are made by two clocks.
    const wasLetIn = sql`${oidcRecords.expiresAt} - ${oidcRecords.createdAt} > interval '90 days 5 seconds'`;
    const are = eq(oidcRecords.model, 'Client');
    return makeRoom(this.database, { are, most: this.#most, order: [wasLetIn, asc(oidcRecords.expiresAt)] });
  }

  /** The same for documents that are kept of clients which people have let in: those go first that were fetched the longest time ago. */
  makeRoomForDocument(): Promise<void> {
    const are = eq(oidcRecords.model, DOCUMENT_MODEL);
    return makeRoom(this.database, { are, most: this.#most, order: [asc(oidcRecords.expiresAt)] });
  }
}
