import type { SignedIn } from './fresh-sign-in.ts';
import type { CodesRefused } from './sign-in-records.ts';
import type { WebSession } from './web-sessions.ts';

/** What a person has for signing in. */
export interface SignInMeans {
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  /** Recovery codes that have not been used. */
  readonly recoveryCodesLeft: number;
  readonly codesRefused: CodesRefused;
}

/** Port: what people change about themselves. Each refusal of a password counts like one at the sign-in. */
export abstract class OwnAccount {
  abstract means(userId: string): Promise<SignInMeans>;

  /**
   * Whoever does this may be getting rid of somebody who knew the old one, so that with it ends all that came of that: every other session, and every
   * grant to an application.
   * @param by the session in which it is done, which stays
   * @throws ServonautError `sign_in_refused` for a wrong password and when it is a while since they signed in, `invalid_request` for a weak new one.
   */
  abstract changePassword(by: SignedIn & Pick<WebSession, 'id'>, current: string, next: string): Promise<void>;
}
