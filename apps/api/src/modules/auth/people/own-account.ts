/** What a person has for signing in. */
export interface SignInMeans {
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  /** Recovery codes that have not been used. */
  readonly recoveryCodesLeft: number;
}

/** Port: what people change about themselves. Each refusal of a password counts like one at the sign-in. */
export abstract class OwnAccount {
  abstract means(userId: string): Promise<SignInMeans>;

  /**
   * Whoever does this may be getting rid of somebody who knew the old one, so that with it ends all that came of that: every other session, and every
   * grant to an application.
   * @param session id of the one in which it is done, which stays
   * @throws ServonautError `sign_in_refused` for a wrong password, `invalid_request` for a weak new one.
   */
  abstract changePassword(userId: string, current: string, next: string, session?: string): Promise<void>;
}
