import { ServonautError, type ErrorCode } from '@servonaut/contracts';
import type { AccessTokens } from './access-tokens.ts';
import type { ProfilePaths } from './profile-paths.ts';
import { lockSession } from './session-lock.ts';
import { signedOut } from './signed-out.ts';
import type { OauthTokens, TokenStore } from './token-store.ts';

/** What the coordinator answers to a sign-in or a renewal. */
export type IssuedTokens = Omit<OauthTokens, 'session'>;

export interface OauthSessionOptions {
  /** Which sign-in of the profile this is. */
  readonly session: string;
  readonly store: TokenStore;
  /** Whose they are, and where the lock is. */
  readonly profile: Pick<ProfilePaths, 'name' | 'configDir'>;
  /** @throws ServonautError `signed_out` when the coordinator takes the refresh token no more; anything else may be tried again */
  readonly refresh: (refreshToken: string) => Promise<IssuedTokens>;
  /** Told when renewed tokens cannot be stored, not of each further try. */
  readonly onUnsaved: (error: unknown) => void;
  /** Told when this machine, and not the coordinator, keeps tokens that still work from being renewed; not of each further try. */
  readonly onHindered: (error: unknown) => void;
  readonly now?: () => number;
}

/** The part of a token's life after which it is renewed, while it still works. */
const RENEW_AFTER = 0.8;
/** After a renewal or a storing that failed while the token still works, in milliseconds. */
const REST_MS = 5_000;
/** What the coordinator, or the way to it, has to do with. */
const NOT_HERE: readonly ErrorCode[] = ['coordinator_unreachable', 'too_many_requests', 'signed_out'];

/**
 * Tokens of somebody who signed in, shared by all processes of the profile. Renewed tokens that cannot be stored are used all the same, and the lock
 * is kept until they are stored or this process ends: what is stored has been used up, and another process that shows it would sign both out.
 */
export class OauthSession implements AccessTokens {
  readonly #options: OauthSessionOptions;
  readonly #now: () => number;
  #tokens: OauthTokens | undefined;
  #settling: Promise<OauthTokens> | undefined;
  #unsaved: OauthTokens | undefined;
  #unlock: (() => void) | undefined;
  #restUntil = 0;
  #signedOut: ServonautError | undefined;
  #isHindered = false;

  constructor(options: OauthSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async current(): Promise<string> {
    if (this.#signedOut) throw this.#signedOut;
    const tokens = await this.#known();
    if (this.#now() >= tokens.expires_at) return (await this.#settled(tokens)).access_token;
    if (this.#now() >= renewalDue(tokens)) this.#settleMeanwhile(tokens);
    else if (this.#unsaved) this.#settleMeanwhile();
    return tokens.access_token;
  }

  async renewed(refused: string): Promise<string> {
    if (this.#signedOut) throw this.#signedOut;
    const tokens = await this.#known();
    if (tokens.access_token !== refused) return tokens.access_token;
    return (await this.#settled(tokens)).access_token;
  }

  async #known(): Promise<OauthTokens> {
    if (this.#tokens) return this.#tokens;
    const stored = await this.#stored();
    // A call that came later may have renewed them meanwhile.
    return (this.#tokens ??= stored);
  }

  /** No call waits for it; whoever comes after the token has expired does, and hears what was wrong. */
  #settleMeanwhile(spent?: OauthTokens): void {
    if (this.#now() < this.#restUntil) return;
    void this.#settled(spent)
      .then(() => (this.#isHindered = false))
      .catch((error: unknown) => this.#hinderedBy(error))
      .finally(() => (this.#restUntil = this.#now() + REST_MS));
  }

  /** Nothing that the operator can mend may wait until the tokens have expired. */
  #hinderedBy(error: unknown): void {
    if (error instanceof ServonautError && NOT_HERE.includes(error.code)) return;
    if (!this.#isHindered) this.#options.onHindered(error);
    this.#isHindered = true;
  }

  /** The newest tokens, others than `spent`, and stored if that can be. */
  #settled(spent?: OauthTokens): Promise<OauthTokens> {
    this.#settling ??= this.#settle(spent)
      .catch((error: unknown) => {
        if (error instanceof ServonautError && error.code === 'signed_out') this.#signedOut = error;
        throw error;
      })
      .finally(() => {
        this.#settling = undefined;
        if (this.#unsaved && !this.#signedOut) return;
        this.#unlock?.();
        this.#unlock = undefined;
      });
    return this.#settling;
  }

  async #settle(spent?: OauthTokens): Promise<OauthTokens> {
    const { session, profile, refresh } = this.#options;
    this.#unlock ??= await lockSession(profile);
    const newest = this.#unsaved ?? (await this.#stored());
    // When not, another process was here first.
    const isSpent = newest.access_token === spent?.access_token || this.#now() >= newest.expires_at;
    this.#tokens = isSpent ? { session, ...(await refresh(newest.refresh_token)) } : newest;
    if (isSpent || this.#unsaved) await this.#save(this.#tokens);
    return this.#tokens;
  }

  async #save(tokens: OauthTokens): Promise<void> {
    const { store, onUnsaved } = this.#options;
    try {
      await store.save(tokens);
      this.#unsaved = undefined;
    } catch (error) {
      if (!this.#unsaved) onUnsaved(error);
      this.#unsaved = tokens;
    }
  }

  async #stored(): Promise<OauthTokens> {
    const tokens = await this.#options.store.load();
    if (tokens?.session === this.#options.session) return tokens;
    if (!tokens) throw signedOut(this.#options.profile);
    throw new ServonautError('signed_out', {
      message: `The profile "${this.#options.profile.name}" has been signed in anew.`,
      nextStep: 'Start this again.',
    });
  }
}

function renewalDue({ issued_at, expires_at }: OauthTokens): number {
  return issued_at + RENEW_AFTER * (expires_at - issued_at);
}
