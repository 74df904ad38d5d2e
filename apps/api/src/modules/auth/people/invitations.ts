import type { Database } from '../../../platform/database/database.ts';
import type { Principal } from '../principal.ts';
import type { Role, User } from './user-service.ts';

export interface Invitation {
  /** Not the secret of the link, and of no use in its place. */
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Port: how somebody becomes a user who can sign in. */
export abstract class Invitations {
  /**
   * Earlier invitations of the address, and of the user, are withdrawn. As part of a transaction, when one is given.
   * @param wanted.userId whom it is for, if they are a user already: they get the address, the role and a password, and whatever they signed in
   * with before is of no use any more, nor is what they have let clients do. So does an admin let somebody in again who has lost their password or second factor.
   * @param by the admin, who is held to be one; null on the first start
   * @returns the link, which nobody can show again.
   * @throws ServonautError `conflict` when the address or the name it would become is another user's, and as `holdActingAdmin`
   */
  abstract invite(
    wanted: { readonly email: string; readonly role: Role; readonly userId?: string },
    by: Principal | null,
    database?: Database,
  ): Promise<{ readonly invitation: Invitation; readonly url: string }>;

  /** Those that can still be used, latest first. */
  abstract list(): Promise<Invitation[]>;

  /** @throws ServonautError `not_found` when there is none of this secret, or it has been used, or has expired. */
  abstract of(secret: string): Promise<Invitation>;

  /** Uses it. @throws ServonautError as `of`, `conflict` as `invite`, and `invalid_request` when the password is too weak. */
  abstract accept(secret: string, password: string): Promise<User>;

  /**
   * Uses the invitation of an address that another provider has made sure of: a user without a password.
   * @returns undefined when there is no invitation, or what it offers is another user's by now.
   */
  abstract acceptVerified(email: string): Promise<User | undefined>;

  /** @throws ServonautError `not_found`. */
  abstract withdraw(id: string): Promise<void>;
}
