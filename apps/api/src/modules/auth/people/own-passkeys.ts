import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import type { SignedIn } from './fresh-sign-in.ts';
import type { NewPasskeyAnswer } from './passkey-answers.ts';
import type { WebSession } from './web-sessions.ts';

/** Most characters of what a person calls a passkey. */
export const PASSKEY_LABEL_LENGTH = 60;

export interface Passkey {
  readonly id: string;
  /** What its person calls it. */
  readonly label: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** A passkey that is still to be made, by the device in front of its person. */
export interface PasskeyOffer {
  readonly options: PublicKeyCredentialCreationOptionsJSON;
  /** Sealed; comes back with what the device has made. */
  readonly challenge: string;
}

/** Port: the passkeys of a person. */
export abstract class OwnPasskeys {
  /** Whether browsers make any for this coordinator: they want its `PUBLIC_URL` to have a name, and https. */
  abstract readonly possible: boolean;

  /** Oldest first. */
  abstract list(userId: string): Promise<Passkey[]>;

  /** @throws ServonautError `sign_in_refused` for an old sign-in, `conflict` when there are as many as there may be, or none can be made. */
  abstract offer(by: WebSession, label: string): Promise<PasskeyOffer>;

  /**
   * @param by the session in which it was offered
   * @throws ServonautError `sign_in_refused` when the device was not asked for this, or did not verify its person; `conflict` as `offer`, and for one
   * that is there already.
   */
  abstract confirm(by: WebSession, challenge: string, answer: NewPasskeyAnswer): Promise<void>;

  /** @throws ServonautError `sign_in_refused` for an old sign-in, `not_found`, `conflict` when its person could not sign in any more. */
  abstract remove(by: SignedIn, id: string): Promise<void>;
}
