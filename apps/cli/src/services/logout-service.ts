import { ServonautError } from '@servonaut/contracts';
import { notLoggedIn, removeCredentials } from '../session/credentials.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';
import { withSessionLock } from '../session/session-lock.ts';
import type { Session } from '../session/session.ts';
import { endSignIn, removeTokens, storedLogin } from './end-sign-in.ts';

export interface Logout {
  readonly url: string;
  readonly user: string;
  /** False for a token that was given: it stays good until an admin revokes it. */
  readonly revoked: boolean;
}

/**
 * Ends a sign-in at the coordinator, then removes what `login` stored, also when the coordinator could not be told.
 * @throws ServonautError `not_logged_in`; `coordinator_unreachable` when it is over here, but the coordinator could not be told; `config_invalid`
 * when something cannot be removed
 */
export async function logout({ paths }: Session): Promise<Logout> {
  return withSessionLock(paths, () => endHere(paths));
}

async function endHere(paths: ProfilePaths): Promise<Logout> {
  const login = await storedLogin(paths);
  const untold = await endSignIn(login);
  await removeTokens(paths, login);
  await removeCredentials(paths);
  if (untold) throw overHereAlone(untold);
  if (!login.credentials) throw notLoggedIn(paths);
  const { url, user_name: user } = login.credentials;
  return { url, user, revoked: login.refreshToken !== undefined };
}

function overHereAlone({ message, nextStep, cause }: ServonautError): ServonautError {
  return new ServonautError('coordinator_unreachable', {
    message: `This profile is logged out here. ${message}`,
    nextStep,
    cause,
  });
}
