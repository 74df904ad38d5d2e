import type { SignedIn } from './fresh-sign-in.ts';

/** A second factor that is not in force before `confirm`. */
export interface TotpOffer {
  /** In Base32, to be typed in. */
  readonly secret: string;
  /** `otpauth:` URI. */
  readonly uri: string;
  /** Sealed; comes back with the first code. */
  readonly offer: string;
}

/**
 * Port: the authenticator of a person, and their recovery codes.
 * @throws ServonautError `sign_in_refused` when whoever changes something did not sign in a moment ago.
 */
export abstract class OwnSecondFactor {
  abstract offer(by: SignedIn): Promise<TotpOffer>;

  /** What was offered, to be shown once more. @throws ServonautError `sign_in_refused` for an old offer. */
  abstract offered(userId: string, offer: string): Promise<TotpOffer>;

  /**
   * A refusal of a code counts like one at the sign-in.
   * @returns recovery codes, which nobody can show again.
   * @throws ServonautError `sign_in_refused` for a wrong code or an old offer, `conflict` when there is a second factor already.
   */
  abstract confirm(userId: string, offer: string, code: string): Promise<readonly string[]>;

  /** The old ones are of no use any more. @throws ServonautError `conflict` when there is no second factor. */
  abstract renewRecoveryCodes(by: SignedIn): Promise<readonly string[]>;

  abstract remove(by: SignedIn): Promise<void>;
}
