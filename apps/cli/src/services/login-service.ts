import { ServonautError, type Identity } from '@servonaut/contracts';
import { StaticToken } from '../session/access-tokens.ts';
import { coordinatorUrl } from '../session/coordinator-url.ts';
import { loadCredentials, saveCredentials, type Credentials } from '../session/credentials.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';
import { withSessionLock } from '../session/session-lock.ts';
import type { Session } from '../session/session.ts';
import type { OauthTokens, TokenStore } from '../session/token-store.ts';
import { endSignIn, oursOrThrow, removeTokens, storedLogin } from './end-sign-in.ts';
import { askIdentity } from './identity.ts';

export interface LoginRequest {
  readonly url: string;
  readonly token: string;
  readonly insecureHttp: boolean;
  readonly purpose: LoginPurpose;
}

/** What a profile is logged in for; others may be an executor too. */
export type LoginPurpose = keyof typeof NEEDED;

/** What `login` has done. */
export interface Login {
  readonly credentials: Credentials;
  /** Why a former sign-in of the profile may be good still, and where to end it. */
  readonly leftBehind: ServonautError | undefined;
}

/**
 * Asks the coordinator whose token this is, then stores it with the coordinator's keys, which are trusted from here on.
 * @throws ServonautError `insufficient_scope` for a token that is of no use for the purpose; nothing is stored after an error
 */
export async function login(session: Session, request: LoginRequest): Promise<Login> {
  const url = coordinatorUrl(request.url, request.insecureHttp);
  const identity = await identityFor(request.purpose, session, url, request.token);
  return replaceLogin(session.paths, { ...whoIs(url, identity), token: request.token });
}

/** @throws ServonautError `insufficient_scope` for a token that is of no use for that */
export async function identityFor(
  purpose: LoginPurpose,
  session: Session,
  url: string,
  token: string,
): Promise<Identity> {
  const identity = await askIdentity(session, url, new StaticToken(token));
  const { scope, lacks } = NEEDED[purpose];
  if (identity.scopes.includes(scope)) return identity;
  throw new ServonautError('insufficient_scope', { message: lacks, facts: { scope } });
}

const NEEDED = {
  executor: {
    scope: 'relay:connect',
    lacks:
      'This token cannot connect an executor: it lacks the scope relay:connect. For other uses, give --credentials or --admin.',
  },
  credentials: {
    scope: 'credentials',
    lacks: 'This token can neither make credentials nor let others use servers: it lacks the scope credentials.',
  },
  admin: { scope: 'admin', lacks: 'This is not the access of an admin: it lacks the scope admin.' },
} as const;

/** What is stored of a login beside its tokens. */
export function whoIs(url: string, { user_id, user_name, label, keys }: Identity) {
  return { url, user_id, user_name, label, pinned_keys: keys, logged_in_at: new Date().toISOString() };
}

/** Tokens that the credentials only point to. */
export interface FreshTokens {
  readonly store: TokenStore;
  readonly tokens: OauthTokens;
}

/** Stores a login, and ends the one that it takes the place of once there is something in its place. After an error the former one is there still. */
export async function replaceLogin(paths: ProfilePaths, credentials: Credentials, fresh?: FreshTokens): Promise<Login> {
  return withSessionLock(paths, async () => {
    const former = await storedLogin(paths);
    await storeLogin(paths, credentials, fresh);
    const untold = await endSignIn(former);
    const unremoved = await removeTokens(paths, former, fresh?.store.place).catch(oursOrThrow);
    return { credentials, leftBehind: untold ?? (unremoved instanceof ServonautError ? unremoved : undefined) };
  });
}

async function storeLogin(paths: ProfilePaths, credentials: Credentials, fresh?: FreshTokens): Promise<void> {
  const former = await fresh?.store.load().catch(oursOrThrow);
  await fresh?.store.save(fresh.tokens);
  try {
    await saveCredentials(paths, credentials);
  } catch (error) {
    // Former credentials need their tokens. When these cannot be put back, the first error is the one to be told.
    if (former && !(former instanceof ServonautError)) await fresh?.store.save(former).catch(oursOrThrow);
    else await fresh?.store.remove().catch(oursOrThrow);
    throw error;
  }
}

/** The coordinator of the last login. @throws ServonautError `invalid_request` when there was none */
export async function coordinatorOf({ paths }: Session): Promise<string> {
  const former = await loadCredentials(paths).catch(oursOrThrow);
  if (!(former instanceof ServonautError)) return former.url;
  throw new ServonautError('invalid_request', {
    message: 'There is no coordinator yet.',
    nextStep: 'Give --url https://host[:port].',
  });
}
