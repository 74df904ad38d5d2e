import { ServonautError } from '@servonaut/contracts';
import { StaticToken, type AccessTokens } from './access-tokens.ts';
import type { Credentials, SignedInCredentials } from './credentials.ts';
import { FileTokenStore } from './file-token-store.ts';
import { KeychainTokenStore } from './keychain-token-store.ts';
import { OauthClient } from './oauth-client.ts';
import { OauthSession } from './oauth-session.ts';
import type { ProfilePaths } from './profile-paths.ts';
import type { Session } from './session.ts';
import { signedOut } from './signed-out.ts';
import { systemKeychain } from './system-keychain.ts';
import type { TokenPlace, TokenStore } from './token-store.ts';

/**
 * What this profile shows the coordinator.
 * @param warn told of what the operator should mend before this process ends
 */
export function profileTokens(
  profile: Pick<ProfilePaths, 'name' | 'configDir'>,
  credentials: Credentials,
  warn: (message: string) => void,
): AccessTokens {
  return 'token' in credentials ? new StaticToken(credentials.token) : signedIn(profile, credentials, warn);
}

function signedIn(
  profile: Pick<ProfilePaths, 'name' | 'configDir'>,
  { url, sign_in }: SignedInCredentials,
  warn: (message: string) => void,
): AccessTokens {
  const client = new OauthClient(url);
  return new OauthSession({
    session: sign_in.session,
    store: tokenStore(sign_in.tokens_in, profile),
    profile,
    refresh: (token) => client.refresh(token).catch((error: unknown) => notRefreshed(profile, error)),
    onUnsaved: (error) => warn(unsavedWarning(error)),
    onHindered: (error) => warn(hinderedWarning(error)),
  });
}

function notRefreshed(profile: Pick<ProfilePaths, 'name'>, error: unknown): never {
  throw error instanceof ServonautError && error.code === 'signed_out' ? signedOut(profile, error) : error;
}

function unsavedWarning(error: unknown): string {
  return `The renewed tokens cannot be stored: ${withNextStep(error)} This process goes on with them and tries again; if it ends before, the profile is signed out.`;
}

function hinderedWarning(error: unknown): string {
  return `The tokens cannot be renewed, and expire soon: ${withNextStep(error)} They are good until then, and this process tries again.`;
}

function withNextStep(error: unknown): string {
  return error instanceof ServonautError ? `${error.message} ${error.nextStep}` : String(error);
}

export function tokenStore(place: TokenPlace, paths: Pick<ProfilePaths, 'configDir'>): TokenStore {
  return place === 'file' ? new FileTokenStore(paths) : new KeychainTokenStore(systemKeychain(), paths);
}

/** Where a sign-in keeps its tokens: the keychain of this machine, or a file where there is none or none is wanted. */
export async function chooseTokenStore({ paths, settings }: Pick<Session, 'paths' | 'settings'>): Promise<TokenStore> {
  const keychain = new KeychainTokenStore(systemKeychain(), paths);
  const isWanted = settings.token_store.value === 'auto';
  return isWanted && (await keychain.works()) ? keychain : new FileTokenStore(paths);
}
