import type { RequestSource } from './request-source.ts';
import type { User } from './user-service.ts';

/** `attempt` stands for the password that was right, for some minutes and for one second factor. */
export type SignInStep =
  { readonly done: User; readonly methods: readonly string[] } | { readonly needs: 'totp'; readonly attempt: string };

/**
 * Port: from what a person knows and has to who they are. There is one refusal, `sign_in_refused`, in the same time, whatever was wrong: whether an
 * account exists is nobody's business.
 * @throws ServonautError `sign_in_refused`, or `too_many_requests`.
 */
export abstract class SignIn {
  abstract password(email: string, password: string, from: RequestSource): Promise<SignInStep>;

  /** @param code a one-time code, or one of the recovery codes */
  abstract second(attempt: string, code: string, from: RequestSource): Promise<SignInStep>;
}
