import { ServonautError } from '@servonaut/contracts';
import { loadCredentials, removeCredentials } from '../session/credentials.ts';
import type { Session } from '../session/session.ts';
import { endSignIn } from './end-sign-in.ts';

export interface Logout {
  readonly url: string;
  readonly user: string;
  /** False for a token that was given: it stays good until an admin revokes it. */
  readonly revoked: boolean;
}

/**
 * Removes what `login` stored. A sign-in is ended at the coordinator, too.
 * @throws ServonautError `not_logged_in`; `coordinator_unreachable` when it is over here, but the coordinator could not be told
 */
export async function logout({ paths }: Session): Promise<Logout> {
  const credentials = await loadCredentials(paths);
  const { url, user_name: user } = credentials;
  const untold = 'sign_in' in credentials ? await endSignIn(paths, credentials) : undefined;
  await removeCredentials(paths);
  if (!untold) return { url, user, revoked: 'sign_in' in credentials };
  throw new ServonautError('coordinator_unreachable', {
    message: 'This profile is logged out here, but the coordinator could not be told to end the sign-in.',
    nextStep: `End it at ${url}/account under connected agents.`,
    cause: untold,
  });
}
