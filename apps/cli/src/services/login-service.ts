import { ServonautError, type Identity } from '@servonaut/contracts';
import { StaticToken } from '../session/access-tokens.ts';
import { coordinatorUrl } from '../session/coordinator-url.ts';
import {
  loadCredentials,
  saveCredentials,
  type Credentials,
  type SignedInCredentials,
} from '../session/credentials.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';
import type { Session } from '../session/session.ts';
import { endSignIn } from './end-sign-in.ts';
import { askIdentity } from './identity.ts';

export interface LoginRequest {
  readonly url: string;
  readonly token: string;
  readonly insecureHttp: boolean;
}

/** What `login` has done. */
export interface Login {
  readonly credentials: Credentials;
  /** A former sign-in of the profile that the coordinator could not be told to end. */
  readonly leftBehind: ServonautError | undefined;
}

/**
 * Asks the coordinator whose token this is, then stores it with the coordinator's keys, which are trusted from here on.
 * @throws ServonautError `insufficient_scope` for a token that cannot connect an executor; nothing is stored after an error
 */
export async function login(session: Session, request: LoginRequest): Promise<Login> {
  const url = coordinatorUrl(request.url, request.insecureHttp);
  const identity = await executorIdentity(session, url, request.token);
  return replaceLogin(session.paths, { ...whoIs(url, identity), token: request.token });
}

/** @throws ServonautError `insufficient_scope` for a token that cannot connect an executor */
export async function executorIdentity(session: Session, url: string, token: string): Promise<Identity> {
  const identity = await askIdentity(session, url, new StaticToken(token));
  if (identity.scopes.includes('relay:connect')) return identity;
  throw new ServonautError('insufficient_scope', {
    message: 'This token cannot connect an executor: it lacks the scope relay:connect.',
  });
}

/** What is stored of a login beside its tokens. */
export function whoIs(url: string, { user_id, user_name, label, keys }: Identity) {
  return { url, user_id, user_name, label, pinned_keys: keys, logged_in_at: new Date().toISOString() };
}

/** @param keepTokens stores the tokens that the credentials only point to */
export async function replaceLogin(
  paths: ProfilePaths,
  credentials: Credentials,
  keepTokens: () => Promise<void> = () => Promise.resolve(),
): Promise<Login> {
  const former = await formerCredentials(paths);
  const leftBehind = former && 'sign_in' in former ? await endFormer(paths, former) : undefined;
  await keepTokens();
  await saveCredentials(paths, credentials);
  return { credentials, leftBehind };
}

/** A keychain that cannot be used any more must not stand in the way of a new login. */
async function endFormer(paths: ProfilePaths, former: SignedInCredentials): Promise<ServonautError | undefined> {
  return endSignIn(paths, former).catch((error: unknown) => {
    if (error instanceof ServonautError && error.code === 'config_invalid') return error;
    throw error;
  });
}

/** Undefined also for what cannot be read: a new login is the way out of that. */
export async function formerCredentials(paths: ProfilePaths): Promise<Credentials | undefined> {
  return loadCredentials(paths).catch((error: unknown) => {
    if (error instanceof ServonautError) return undefined;
    throw error;
  });
}

/** The coordinator of the last login. @throws ServonautError `invalid_request` when there was none */
export async function coordinatorOf({ paths }: Session): Promise<string> {
  const former = await formerCredentials(paths);
  if (former) return former.url;
  throw new ServonautError('invalid_request', {
    message: 'There is no coordinator yet.',
    nextStep: 'Give --url https://host[:port].',
  });
}
