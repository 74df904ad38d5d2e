import { StaticToken, type AccessTokens } from './access-tokens.ts';
import type { Credentials, SignedInCredentials } from './credentials.ts';
import { FileTokenStore } from './file-token-store.ts';
import { KeychainTokenStore, systemKeychain } from './keychain-token-store.ts';
import { OauthClient } from './oauth-client.ts';
import { OauthSession } from './oauth-session.ts';
import type { ProfilePaths } from './profile-paths.ts';
import type { Session } from './session.ts';
import type { TokenPlace, TokenStore } from './token-store.ts';

/** What this profile shows the coordinator. */
export async function profileTokens(paths: ProfilePaths, credentials: Credentials): Promise<AccessTokens> {
  return 'token' in credentials ? new StaticToken(credentials.token) : signedIn(paths, credentials);
}

async function signedIn(paths: ProfilePaths, { url, sign_in }: SignedInCredentials): Promise<AccessTokens> {
  const store = await tokenStore(sign_in.tokens_in, paths);
  const client = new OauthClient(url);
  const refresh = (token: string) => client.refresh(token);
  return new OauthSession({ session: sign_in.session, store, stateDir: paths.stateDir, refresh });
}

export async function tokenStore(place: TokenPlace, paths: ProfilePaths): Promise<TokenStore> {
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
