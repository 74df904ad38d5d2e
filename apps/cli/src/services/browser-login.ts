import { randomUUID } from 'node:crypto';
import { coordinatorUrl } from '../session/coordinator-url.ts';
import type { DeviceLogin } from '../session/device-login.ts';
import { OauthClient } from '../session/oauth-client.ts';
import type { IssuedTokens } from '../session/oauth-session.ts';
import { chooseTokenStore } from '../session/profile-tokens.ts';
import type { Session } from '../session/session.ts';
import type { TokenStore } from '../session/token-store.ts';
import { identityFor, replaceLogin, whoIs, type Login, type LoginPurpose } from './login-service.ts';

/**
 * No more than was asked for: the tokens of an executor lie on a machine for weeks, and whoever takes them there is not to make credentials, which
 * would outlast them. Those that make credentials need not be an executor.
 */
const SCOPES = {
  executor: 'relay:connect',
  credentials: 'credentials',
  admin: 'relay:connect credentials admin',
} as const satisfies Record<LoginPurpose, string>;

export interface BrowserLoginRequest {
  readonly url: string;
  readonly insecureHttp: boolean;
  readonly purpose: LoginPurpose;
  /** Tells the operator where to type which code. */
  readonly show: (login: Pick<DeviceLogin, 'url' | 'code' | 'expiresInSeconds'>) => Promise<void>;
  /** The coordinator was asked too often, or could not be asked, and is asked less often from now on. */
  readonly onDelay: (delay: 'slow_down' | 'outage') => void;
  /** Aborted to give up. */
  readonly stop?: AbortSignal;
  /** In place of the one that this machine and its settings call for. */
  readonly store?: TokenStore;
}

/**
 * Somebody signs in at the coordinator with any browser, on any machine, and confirms a code that is shown here (RFC 8628).
 * @throws ServonautError `login_denied`, `login_expired`, the reason of `stop`, or as `login` does; nothing is stored after an error
 */
export async function loginInBrowser(session: Session, request: BrowserLoginRequest): Promise<Login> {
  const url = coordinatorUrl(request.url, request.insecureHttp);
  const client = new OauthClient(url);
  const device = await client.beginDeviceLogin(SCOPES[request.purpose]);
  await request.show(device);
  const tokens = await device.tokens(request.stop, request.onDelay);
  try {
    return await keep(session, url, tokens, request);
  } catch (error) {
    // Nobody has them now, so nobody should be able to use them. When that fails, too, the first error is the one to be told.
    await client.revoke(tokens.refresh_token).catch(() => undefined);
    throw error;
  }
}

async function keep(
  session: Session,
  url: string,
  tokens: IssuedTokens,
  { purpose, store: given }: Pick<BrowserLoginRequest, 'purpose' | 'store'>,
): Promise<Login> {
  const identity = await identityFor(purpose, session, url, tokens.access_token);
  const store = given ?? (await chooseTokenStore(session));
  const until = identity.signed_in_until;
  const signIn = { session: randomUUID(), tokens_in: store.place, ...(until !== undefined && { until }) };
  const fresh = { store, tokens: { session: signIn.session, ...tokens } };
  return replaceLogin(session.paths, { ...whoIs(url, identity), sign_in: signIn }, fresh);
}
