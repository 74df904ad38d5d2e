import { OAUTH_CLI_CLIENT_ID, ServonautError } from '@servonaut/contracts';
import type { Configuration, DeviceAuthorizationResponse, TokenEndpointResponse } from 'openid-client';
import { confirmation, type DeviceLogin } from './device-login.ts';
import { delayOf, oauthFailure, type Meaning } from './oauth-failure.ts';
import type { IssuedTokens } from './oauth-session.ts';

/** Longest wait for one answer of the authorization server, in milliseconds. */
const OAUTH_TIMEOUT_MS = 10_000;
/** Longest wait for renewed tokens, in milliseconds: to give up early is to lose an answer that may have been on its way. */
const REFRESH_TIMEOUT_MS = 30_000;
/** For an answer that does not say how long its token is good, in seconds. */
const SHORT_LIFE_SECONDS = 60;
/** Shown to whoever confirms a sign-in, who otherwise reads the name of a library. */
const USER_AGENT = `servonaut on ${process.platform}`;
/** Between two polls, for an answer that does not say it (RFC 8628 section 3.2). */
const POLL_SECONDS = 5;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

type Library = typeof import('openid-client');

/** The coordinator as an authorization server, to the command line. */
export class OauthClient {
  readonly #url: URL;
  #ready: Promise<{ library: Library; server: Configuration }> | undefined;

  constructor(url: string) {
    this.#url = new URL(url);
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
      tokens: async (signal, onDelay) => {
        const ask = () => library.genericGrantRequest(server, DEVICE_GRANT, { device_code: begun.device_code });
        return issued(await confirmation({ ask, ...waitingTimes(begun), signal, onDelay }));
      },
    };
  }

  /** @throws ServonautError `signed_out` when the coordinator takes the token no more or goes by another address, `coordinator_unreachable` when it could not be asked */
  async refresh(refreshToken: string): Promise<IssuedTokens> {
    const { library, server } = await this.#discovered({ other_issuer: 'signed_out' });
    server.timeout = REFRESH_TIMEOUT_MS / 1_000;
    const ask = () => library.refreshTokenGrant(server, refreshToken);
    const answer = await ask()
      .catch((error: unknown) => {
        if (delayOf(error) !== 'outage') throw error;
        // It may be the answer that was lost. At once, since the coordinator forgives that for a while only.
        return ask();
      })
      .catch((error: unknown) => oauthFailure(error, { invalid_grant: 'signed_out' }));
    return issued(answer, refreshToken);
  }

  /** Ends the sign-in at the coordinator, and with it every token that came of it (RFC 7009). */
  async revoke(refreshToken: string): Promise<void> {
    const { library, server } = await this.#discovered();
    const hint = { token_type_hint: 'refresh_token' };
    await library.tokenRevocation(server, refreshToken, hint).catch(oauthFailure);
  }

  #discovered(meaning?: Meaning): Promise<{ library: Library; server: Configuration }> {
    this.#ready ??= this.#discover(meaning);
    // So that a coordinator that was away can be asked again.
    this.#ready.catch(() => (this.#ready = undefined));
    return this.#ready;
  }

  async #discover(meaning?: Meaning): Promise<{ library: Library; server: Configuration }> {
    // Its loading costs as much as a small command takes, and most never renew.
    const library = await import('openid-client');
    const server = await library
      .discovery(this.#url, OAUTH_CLI_CLIENT_ID, undefined, library.None(), {
        algorithm: 'oauth2',
        timeout: OAUTH_TIMEOUT_MS / 1_000,
        [library.customFetch]: (url, options) =>
          fetch(url, { ...options, headers: { ...options.headers, 'user-agent': USER_AGENT } } as RequestInit),
        // Where a token may go unencrypted was decided when the address was given.
        // oxlint-disable-next-line typescript/no-deprecated
        ...(this.#url.protocol === 'http:' && { execute: [library.allowInsecureRequests] }),
      })
      .catch((error: unknown) => oauthFailure(error, meaning));
    return { library, server };
  }
}

function waitingTimes({ interval = POLL_SECONDS, expires_in }: DeviceAuthorizationResponse) {
  return { intervalSeconds: interval, expiresInSeconds: expires_in };
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
