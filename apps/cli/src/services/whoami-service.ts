import type { Identity } from '@servonaut/contracts';
import { credentialsFile, loadCredentials, type Credentials } from '../session/credentials.ts';
import { tokensFile } from '../session/file-token-store.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';
import { profileTokens } from '../session/profile-tokens.ts';
import type { Session } from '../session/session.ts';
import { askIdentity } from './identity.ts';

export interface WhoAmI {
  readonly profile: string;
  readonly url: string;
  /** As the coordinator has it now. */
  readonly identity: Identity;
  readonly signedIn: boolean;
  /** `keychain`, or the path of a file. */
  readonly tokensIn: string;
}

/** @throws ServonautError `not_logged_in`, `signed_out`, or what the coordinator answers */
export async function whoAmI(session: Session, warn: (message: string) => void): Promise<WhoAmI> {
  const { paths, profile } = session;
  const credentials = await loadCredentials(paths);
  const { url } = credentials;
  const identity = await askIdentity(session, url, profileTokens(paths, credentials, warn));
  const signedIn = 'sign_in' in credentials;
  return { profile: profile.value, url, identity, signedIn, tokensIn: tokensIn(paths, credentials) };
}

/** `keychain`, or the path of the file that holds the tokens. */
export function tokensIn(paths: ProfilePaths, credentials: Credentials): string {
  if ('token' in credentials) return credentialsFile(paths);
  return credentials.sign_in.tokens_in === 'keychain' ? 'keychain' : tokensFile(paths);
}
