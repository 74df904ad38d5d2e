import type { Database } from '../../../platform/database/database.ts';
import type { User } from './user-service.ts';

/** Port: what a user has let applications do. Whoever gets an account anew, or takes it back from a thief, is not bound by it. */
export abstract class UserGrants {
  /**
   * Makes a change, as a transaction while nobody else gives power or ends it, and with it ends all grants of the user whom it answers, with the keys
   * that were made with them, and what they have made as an admin if they are none any more.
   */
  abstract endAllWith(change: (transaction: Database) => Promise<User>): Promise<User>;
}
