import { ServonautError } from '@servonaut/contracts';
import type { WebSession } from './web-sessions.ts';

/** Who wants to change what they sign in with, and since when they are signed in. */
export type SignedIn = Pick<WebSession, 'userId' | 'signedInAt'>;

/** Never when nobody knows since when. */
export function isFresh({ signedInAt }: Pick<SignedIn, 'signedInAt'>, now: number, seconds: number): boolean {
  return signedInAt !== null && now - signedInAt.getTime() < seconds * 1_000;
}

/**
 * Against whoever finds a browser that somebody has left, or has stolen its cookie: what signs a person in is not changed without signing in again,
 * with all that this takes.
 * @throws ServonautError `sign_in_refused`.
 */
export function requireFresh(by: SignedIn, seconds: number): void {
  if (isFresh(by, Date.now(), seconds)) return;
  throw new ServonautError('sign_in_refused', {
    message: 'It is a while since you signed in: sign in again to change this.',
    nextStep: 'Sign in again.',
  });
}
