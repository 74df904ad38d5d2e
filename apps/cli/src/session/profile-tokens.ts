import { ServonautError } from '@servonaut/contracts';
import { StaticToken, type AccessTokens } from './access-tokens.ts';
import type { Credentials, SignedInCredentials } from './credentials.ts';
import { FileTokenStore } from './file-token-store.ts';
import { KeychainTokenStore, systemKeychain } from './keychain-token-store.ts';
import { OauthClient } from './oauth-client.ts';
import { OauthSession } from './oauth-session.ts';
import type { ProfilePaths } from './profile-paths.ts';
import type { Session } from './session.ts';
import type { TokenPlace, TokenStore } from './token-store.ts';

/**
 * What this profile shows the coordinator.
 * @param warn told of what the operator should mend before this process ends
 */
export async function profileTokens(
  paths: Pick<ProfilePaths, 'configDir'>,
  credentials: Credentials,
  warn: (message: string) => void,
): Promise<AccessTokens> {
  return 'token' in credentials ? new StaticToken(credentials.token) : signedIn(paths, credentials, warn);
}

async function signedIn(
  paths: Pick<ProfilePaths, 'configDir'>,
  { url, sign_in }: SignedInCredentials,
  warn: (message: string) => void,
): Promise<AccessTokens> {
  const client = new OauthClient(url);
  return new OauthSession({
    session: sign_in.session,
    store: await tokenStore(sign_in.tokens_in, paths),
    folder: paths.configDir,
    refresh: (token) => client.refresh(token),
    onUnsaved: (error) => warn(unsavedWarning(error)),
  });
}

function unsavedWarning(error: unknown): string {
  const reason = error instanceof ServonautError ? `${error.message} ${error.nextStep}` : String(error);
  return `The renewed tokens cannot be stored: ${reason} This process goes on with them and tries again; if it ends before, the profile is signed out.`;
}

export async function tokenStore(place: TokenPlace, paths: Pick<ProfilePaths, 'configDir'>): Promise<TokenStore> {
  return place === 'file' ? new FileTokenStore(paths) : new KeychainTokenStore(await systemKeychain(), paths);
}

/** Where a sign-in keeps its tokens: the keychain of this machine, or a file where there is none or none is wanted. */
export async function chooseTokenStore({ paths, settings }: Pick<Session, 'paths' | 'settings'>): Promise<TokenStore> {
  const file = new FileTokenStore(paths);
  if (settings.token_store.value === 'file') return file;
  const keychain = await systemKeychain().catch(() => undefined);
  if (!keychain) return file;
  const store = new KeychainTokenStore(keychain, paths);
  return (await store.works()) ? store : file;
}
