import { OAUTH_CLI_CLIENT_ID, ServonautError } from '@servonaut/contracts';
import type {
  Configuration,
  CustomFetchOptions,
  DeviceAuthorizationResponse,
  TokenEndpointResponse,
} from 'openid-client';
import { oauthFailure } from './oauth-failure.ts';
import type { IssuedTokens } from './oauth-session.ts';

/** Longest wait for one answer of the authorization server, in milliseconds. */
const OAUTH_TIMEOUT_MS = 10_000;
/** For an answer that does not say how long its token is good, in seconds. */
const SHORT_LIFE_SECONDS = 60;

/** A sign-in that waits for somebody to confirm it in a browser (RFC 8628 section 3.2). */
export interface DeviceLogin {
  /** Where to type the code. */
  readonly url: string;
  readonly code: string;
  readonly expiresInSeconds: number;
  /** @throws ServonautError `login_denied`, `login_expired`, `coordinator_unreachable` */
  tokens(): Promise<IssuedTokens>;
}

type Library = typeof import('openid-client');

/** The coordinator as an authorization server, to the command line. */
export class OauthClient {
  readonly #url: URL;
  readonly #onSlowDown: () => void;
  #ready: Promise<{ library: Library; server: Configuration }> | undefined;

  /** @param onSlowDown called each time the coordinator asks to be asked less often */
  constructor(url: string, onSlowDown: () => void = () => undefined) {
    this.#url = new URL(url);
    this.#onSlowDown = onSlowDown;
  }

  async beginDeviceLogin(scope: string): Promise<DeviceLogin> {
    const { library, server } = await this.#discovered();
    const begun = await library.initiateDeviceAuthorization(server, { scope }).catch(oauthFailure);
    // An address elsewhere would be somebody's who wants the code.
    if (URL.parse(begun.verification_uri)?.origin !== this.#url.origin)
      throw new ServonautError('coordinator_unreachable', {
        message: 'The coordinator sends people to another address to sign in.',
        nextStep: 'Check its PUBLIC_URL.',
      });
    return {
      url: begun.verification_uri,
      code: begun.user_code,
      expiresInSeconds: begun.expires_in,
      tokens: () => this.#poll(begun),
    };
  }

  /** @throws ServonautError `signed_out` when the coordinator takes the token no more, `coordinator_unreachable` when it could not be asked */
  async refresh(refreshToken: string): Promise<IssuedTokens> {
    const { library, server } = await this.#discovered();
    const answer = await library
      .refreshTokenGrant(server, refreshToken)
      .catch((error: unknown) => oauthFailure(error, { invalid_grant: 'signed_out' }));
    return issued(answer, refreshToken);
  }

  /** Ends the sign-in at the coordinator, and with it every token that came of it (RFC 7009). */
  async revoke(refreshToken: string): Promise<void> {
    const { library, server } = await this.#discovered();
    const hint = { token_type_hint: 'refresh_token' };
    await library.tokenRevocation(server, refreshToken, hint).catch(oauthFailure);
  }

  async #poll(begun: DeviceAuthorizationResponse): Promise<IssuedTokens> {
    const { library, server } = await this.#discovered();
    const answer = await library.pollDeviceAuthorizationGrant(server, begun).catch((error: unknown) =>
      oauthFailure(error, {
        access_denied: 'login_denied',
        expired_token: 'login_expired',
        invalid_grant: 'login_expired',
      }),
    );
    return issued(answer);
  }

  #discovered(): Promise<{ library: Library; server: Configuration }> {
    this.#ready ??= this.#discover();
    // So that a coordinator that was away can be asked again.
    this.#ready.catch(() => (this.#ready = undefined));
    return this.#ready;
  }

  async #discover(): Promise<{ library: Library; server: Configuration }> {
    // Its loading costs as much as a small command takes, and most never renew.
    const library = await import('openid-client');
    const server = await library
      .discovery(this.#url, OAUTH_CLI_CLIENT_ID, undefined, library.None(), {
        algorithm: 'oauth2',
        timeout: OAUTH_TIMEOUT_MS / 1_000,
        [library.customFetch]: (url, options) => this.#fetch(url, options),
        // Where a token may go unencrypted was decided when the address was given.
        // oxlint-disable-next-line typescript/no-deprecated
        ...(this.#url.protocol === 'http:' && { execute: [library.allowInsecureRequests] }),
      })
      .catch(oauthFailure);
    return { library, server };
  }

  /** The library waits longer when it is told to (RFC 8628 section 3.5), and tells nobody. */
  async #fetch(url: string, options: CustomFetchOptions): Promise<Response> {
    const answer = await fetch(url, options as RequestInit);
    if (answer.status === 400 && (await answer.clone().text()).includes('"slow_down"')) this.#onSlowDown();
    return answer;
  }
}

/** @param former the refresh token that stays good when the answer brings none */
function issued(answer: TokenEndpointResponse, former?: string): IssuedTokens {
  const refreshToken = answer.refresh_token ?? former;
  if (refreshToken === undefined)
    throw new ServonautError('coordinator_unreachable', { message: 'The coordinator gave no refresh token.' });
  const now = Date.now();
  return {
    access_token: answer.access_token,
    refresh_token: refreshToken,
    issued_at: now,
    expires_at: now + (answer.expires_in ?? SHORT_LIFE_SECONDS) * 1_000,
  };
}
