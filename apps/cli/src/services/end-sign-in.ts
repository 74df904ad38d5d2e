import { ServonautError } from '@servonaut/contracts';
import { credentialsToEnd, type Credentials } from '../session/credentials.ts';
import { FileTokenStore } from '../session/file-token-store.ts';
import { OauthClient } from '../session/oauth-client.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';
import { tokenStore } from '../session/profile-tokens.ts';
import type { TokenPlace } from '../session/token-store.ts';

/** What is stored of a login that is to end. */
export interface StoredLogin {
  /** Undefined when there is none, or it cannot be read. */
  readonly credentials: Credentials | undefined;
  /** Undefined for a token that was given. */
  readonly refreshToken: string | undefined;
  /** Why this is not enough to end it. */
  readonly fault: ServonautError | undefined;
}

/** For one who has the lock: a renewal that ends after this would use the refresh token up. */
export async function storedLogin(paths: ProfilePaths): Promise<StoredLogin> {
  let credentials: Credentials | undefined;
  try {
    credentials = await credentialsToEnd(paths);
    return { credentials, refreshToken: credentials && (await refreshTokenOf(paths, credentials)), fault: undefined };
  } catch (error) {
    return { credentials, refreshToken: undefined, fault: oursOrThrow(error) };
  }
}

async function refreshTokenOf(paths: ProfilePaths, credentials: Credentials): Promise<string | undefined> {
  if ('token' in credentials) return undefined;
  const { session, tokens_in } = credentials.sign_in;
  const store = tokens_in === 'file' ? new FileTokenStore(paths, 'read') : tokenStore(tokens_in, paths);
  const tokens = await store.load();
  // Those of another sign-in may be for another coordinator.
  if (tokens?.session === session) return tokens.refresh_token;
  throw new ServonautError('config_invalid', { message: 'Its tokens are not on this machine.' });
}

/**
 * Tells the coordinator to take the tokens of a sign-in no more.
 * @returns why it could not be told, and where to end the sign-in then
 */
export async function endSignIn(login: StoredLogin): Promise<ServonautError | undefined> {
  const { credentials, refreshToken, fault } = login;
  if (fault) return untold(credentials, fault);
  if (!credentials || refreshToken === undefined) return undefined;
  try {
    await new OauthClient(credentials.url).revoke(refreshToken);
    return undefined;
  } catch (error) {
    return untold(credentials, oursOrThrow(error));
  }
}

function untold(credentials: Credentials | undefined, cause: ServonautError): ServonautError {
  const which = credentials ? `the sign-in of ${credentials.logged_in_at}` : 'the former sign-in';
  const where = credentials ? `at ${credentials.url}/account` : 'on the account page of its coordinator';
  return new ServonautError('coordinator_unreachable', {
    message: `The coordinator could not be told to end ${which}. ${cause.message}`,
    nextStep: `End it ${where}, under connected agents.`,
    cause,
  });
}

/**
 * Removes the tokens of a login from wherever they can be.
 * @param kept where those of the login are that takes its place
 * @throws ServonautError `config_invalid` when they cannot be removed from where they are
 */
export async function removeTokens(
  paths: ProfilePaths,
  { credentials, fault }: StoredLogin,
  kept?: TokenPlace,
): Promise<void> {
  if (kept !== 'file') await tokenStore('file', paths).remove();
  if (kept === 'keychain') return;
  const keychain = tokenStore('keychain', paths);
  if (credentials && 'sign_in' in credentials && credentials.sign_in.tokens_in === 'keychain') await keychain.remove();
  // Whether it holds any is not known, so that one which cannot be used is no error beside the fault. Otherwise nobody is asked to unlock it.
  else if (!credentials && fault) await keychain.remove().catch(oursOrThrow);
}

/** @throws what is none of ours */
export function oursOrThrow(error: unknown): ServonautError {
  if (error instanceof ServonautError) return error;
  throw error;
}
