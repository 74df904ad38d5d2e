import { ServonautError } from '@servonaut/contracts';
import type { SignedInCredentials } from '../session/credentials.ts';
import { OauthClient } from '../session/oauth-client.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';
import { tokenStore } from '../session/profile-tokens.ts';
import { withSessionLock } from '../session/session-lock.ts';

/**
 * Removes the tokens of a sign-in from this machine and tells the coordinator to take them no more.
 * @returns why the coordinator could not be told; the tokens are removed all the same
 * @throws ServonautError `config_invalid` when they cannot be removed
 */
export async function endSignIn(
  paths: ProfilePaths,
  { url, sign_in }: SignedInCredentials,
): Promise<ServonautError | undefined> {
  const store = tokenStore(sign_in.tokens_in, paths);
  // Under the lock: a renewal that ends after this would put new tokens in their place.
  return withSessionLock(paths, async () => {
    const tokens = await orItsError(store.load());
    await store.remove();
    // With damaged ones nobody can tell it anything.
    if (tokens instanceof ServonautError) return tokens;
    // Those of another sign-in may be for another coordinator.
    if (tokens?.session !== sign_in.session) return undefined;
    return orItsError(new OauthClient(url).revoke(tokens.refresh_token).then(() => undefined));
  });
}

async function orItsError<T>(doing: Promise<T>): Promise<T | ServonautError> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof ServonautError) return error;
    throw error;
  }
}
