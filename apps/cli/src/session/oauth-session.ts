import { ServonautError } from '@servonaut/contracts';
import type { AccessTokens } from './access-tokens.ts';
import { withSessionLock } from './session-lock.ts';
import type { OauthTokens, TokenStore } from './token-store.ts';

/** What the coordinator answers to a sign-in or a renewal. */
export type IssuedTokens = Omit<OauthTokens, 'session'>;

export interface OauthSessionOptions {
  /** Which sign-in of the profile this is. */
  readonly session: string;
  readonly store: TokenStore;
  readonly stateDir: string;
  /** @throws ServonautError `signed_out` when the coordinator takes the refresh token no more; anything else may be tried again */
  readonly refresh: (refreshToken: string) => Promise<IssuedTokens>;
  readonly now?: () => number;
}

/** The part of a token's life after which it is renewed, while it still works. */
const RENEW_AFTER = 0.8;
/** After a renewal that failed while the token still works, in milliseconds. */
const REST_MS = 5_000;

/** Tokens of somebody who signed in, shared by all processes of the profile. */
export class OauthSession implements AccessTokens {
  readonly #options: OauthSessionOptions;
  readonly #now: () => number;
  #tokens: OauthTokens | undefined;
  #renewal: Promise<OauthTokens> | undefined;
  #restUntil = 0;
  #signedOut: ServonautError | undefined;

  constructor(options: OauthSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async current(): Promise<string> {
    if (this.#signedOut) throw this.#signedOut;
    const tokens = (this.#tokens ??= await this.#stored());
    if (this.#now() >= tokens.expires_at) return (await this.#renew(tokens)).access_token;
    if (this.#now() >= renewalDue(tokens)) this.#renewMeanwhile(tokens);
    return tokens.access_token;
  }

  async renewed(refused: string): Promise<string> {
    if (this.#signedOut) throw this.#signedOut;
    const tokens = (this.#tokens ??= await this.#stored());
    if (tokens.access_token !== refused) return tokens.access_token;
    return (await this.#renew(tokens)).access_token;
  }

  /** No call waits for it; whoever comes after the token has expired does, and hears what was wrong. */
  #renewMeanwhile(tokens: OauthTokens): void {
    if (this.#now() < this.#restUntil) return;
    this.#renew(tokens).catch(() => {
      this.#restUntil = this.#now() + REST_MS;
    });
  }

  #renew(seen: OauthTokens): Promise<OauthTokens> {
    this.#renewal ??= this.#renewAlone(seen)
      .then((tokens) => (this.#tokens = tokens))
      .catch((error: unknown) => {
        if (error instanceof ServonautError && error.code === 'signed_out') this.#signedOut = error;
        throw error;
      })
      .finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  #renewAlone(seen: OauthTokens): Promise<OauthTokens> {
    const { session, store, stateDir, refresh } = this.#options;
    return withSessionLock(stateDir, async () => {
      const stored = await this.#stored();
      // Another process was here first.
      if (stored.access_token !== seen.access_token && this.#now() < stored.expires_at) return stored;
      const tokens = { session, ...(await refresh(stored.refresh_token)) };
      // Before anybody uses them: the ones that they replace are worth nothing any more.
      await store.save(tokens);
      return tokens;
    });
  }

  async #stored(): Promise<OauthTokens> {
    const tokens = await this.#options.store.load();
    if (tokens?.session === this.#options.session) return tokens;
    throw new ServonautError('signed_out', {
      ...(tokens && { message: 'This profile has been signed in anew.', nextStep: 'Start this again.' }),
    });
  }
}

function renewalDue({ issued_at, expires_at }: OauthTokens): number {
  return issued_at + RENEW_AFTER * (expires_at - issued_at);
}
