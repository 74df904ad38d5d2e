/** What a person has for signing in. */
export interface SignInMeans {
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  /** Recovery codes that have not been used. */
  readonly recoveryCodesLeft: number;
}

/** A second factor that is not in force before `confirmTotp`. */
export interface TotpOffer {
  /** In Base32, to be typed in. */
  readonly secret: string;
  /** `otpauth:` URI. */
  readonly uri: string;
  /** Sealed; comes back with the first code. */
  readonly offer: string;
}

/** Port: what people change about themselves. Each refusal of a password or a code counts like one at the sign-in. */
export abstract class OwnAccount {
  abstract means(userId: string): Promise<SignInMeans>;

  /**
   * @param session id of the one in which it is done, which stays; all others end
   * @throws ServonautError `sign_in_refused` for a wrong password, `invalid_request` for a weak new one.
   */
  abstract changePassword(userId: string, current: string, next: string, session?: string): Promise<void>;

  abstract offerTotp(userId: string): Promise<TotpOffer>;

  /**
   * @returns recovery codes, which nobody can show again.
   * @throws ServonautError `sign_in_refused` for a wrong code or an old offer, `conflict` when there is a second factor already.
   */
  abstract confirmTotp(userId: string, offer: string, code: string): Promise<readonly string[]>;

  /** @throws ServonautError `sign_in_refused` for a wrong password. */
  abstract removeTotp(userId: string, password: string): Promise<void>;
}
