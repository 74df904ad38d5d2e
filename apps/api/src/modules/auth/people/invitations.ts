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
   * @param by id of the admin; null on the first start
   * @param userId whom it is for, if they are a user already who only lacks an e-mail address
   * @returns the link, which nobody can show again.
   * @throws ServonautError `conflict` when there is a user of this address.
   */
  abstract invite(
    wanted: { readonly email: string; readonly role: Role; readonly userId?: string },
    by: string | null,
  ): Promise<{ readonly invitation: Invitation; readonly url: string }>;

  /** Those that can still be used, latest first. */
  abstract list(): Promise<Invitation[]>;

  /** @throws ServonautError `not_found` when there is none of this secret, or it has been used, or has expired. */
  abstract of(secret: string): Promise<Invitation>;

  /** Uses it. @throws ServonautError as `of`, and `invalid_request` when the password is too weak. */
  abstract accept(secret: string, password: string): Promise<User>;

  /** @throws ServonautError `not_found`. */
  abstract withdraw(id: string): Promise<void>;
}
