import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import * as client from 'openid-client';
import { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { LockOut } from './lock-out.ts';
import type { RequestSource } from './request-source.ts';
import { UpstreamIdentities } from './upstream-identities.ts';
import { UpstreamSignIn } from './upstream-sign-in.ts';
import type { User } from './user-service.ts';

/** Where the provider sends the browser back to; registered there. */
export const UPSTREAM_RETURN_PATH = '/upstream/return';

const FLOW_MS = 15 * 60_000;
const ABOUT = 'flow';
const SECONDS_TO_ANSWER = 10;

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  back: z.string(),
  until: z.number(),
});
type Flow = z.infer<typeof flowSchema>;

/** Signs people in at an OpenID provider: authorization code, PKCE, state and nonce, all checked by openid-client. */
@Injectable()
export class OidcUpstreamSignIn extends UpstreamSignIn {
  readonly label: string | null;
  readonly #box: SealedBox;
  readonly #logger = new Logger(OidcUpstreamSignIn.name);
  #discovered: Promise<client.Configuration> | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl' | 'people'>,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    private readonly identities: UpstreamIdentities,
    private readonly lockOut: LockOut,
  ) {
    super();
    this.label = config.people.upstream?.label ?? null;
    this.#box = sealedBox(keys, 'people/upstream');
  }

  async begin(back: string, { address }: RequestSource): Promise<{ url: URL; flow: string }> {
    await this.lockOut.tryUpstream(address);
    const provider = await this.#provider();
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
    const flow: Flow = { state, nonce, verifier, back: this.#ownPath(back), until: Date.now() + FLOW_MS };
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.config.publicUrl + UPSTREAM_RETURN_PATH,
      scope: 'openid email',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url, flow: this.#box.seal(JSON.stringify(flow), ABOUT) };
  }

  async finish(returned: URL, sealed: string): Promise<{ user: User; back: string }> {
    const flow = this.#opened(sealed);
    const provider = await this.#provider();
    const user = await this.#userOf(provider, returned, flow);
    if (!user || user.disabledAt !== null) throw refused();
    return { user, back: flow.back };
  }

  async #userOf(provider: client.Configuration, returned: URL, flow: Flow): Promise<User | undefined> {
    const { claims, accessToken } = await this.#exchange(provider, returned, flow);
    const identity = { issuer: claims.iss, subject: claims.sub };
    const known = await this.identities.userOf(identity);
    if (known) return known;
    const { email, email_verified: verified } = await this.#facts(provider, claims, accessToken);
    // Only what the provider vouches for: at some, people write into their profile what they like.
    return typeof email === 'string' && verified === true ? this.identities.recognise(identity, email) : undefined;
  }

  async #exchange(provider: client.Configuration, returned: URL, { verifier, nonce, state }: Flow) {
    const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true };
    try {
      const answer = await client.authorizationCodeGrant(provider, returned, checks);
      const claims = answer.claims();
      if (!claims) throw new TypeError('no ID token');
      return { claims, accessToken: answer.access_token };
    } catch (error) {
      throw this.#refusedBy(error);
    }
  }

  /** Some providers put the address into the ID token, and some only where its owner's access token is shown. */
  async #facts(provider: client.Configuration, claims: client.IDToken, accessToken: string) {
    if (claims['email'] !== undefined || !provider.serverMetadata().userinfo_endpoint) return claims;
    return client.fetchUserInfo(provider, accessToken, claims.sub).catch((error: unknown) => {
      throw this.#refusedBy(error);
    });
  }

  /** Asked for once; again after a failure. @throws ServonautError `not_found` without a provider. */
  #provider(): Promise<client.Configuration> {
    const { upstream } = this.config.people;
    if (!upstream) throw new ServonautError('not_found');
    this.#discovered ??= discover(upstream).catch((cause: unknown) => {
      this.#discovered = undefined;
      throw new ServonautError('internal', { detail: 'the upstream provider does not describe itself', cause });
    });
    return this.#discovered;
  }

  #opened(sealed: string): Flow {
    try {
      const flow = flowSchema.parse(JSON.parse(this.#box.open(sealed, ABOUT)));
      if (flow.until > Date.now()) return flow;
    } catch (error) {
      throw this.#refusedBy(error);
    }
    throw refused();
  }

  /** To elsewhere the way would be an open redirect. A path can begin like another origin: `/.//` is resolved to `//`. */
  #ownPath(back: string): string {
    const url = URL.parse(back, this.config.publicUrl);
    const own = url?.origin === this.config.publicUrl && !/^\/[/\\]/.test(url.pathname);
    return own ? url.pathname + url.search : '/account';
  }

  /** Neither codes nor tokens are in these messages. */
  #refusedBy(error: unknown): ServonautError {
    this.#logger.warn(`sign-in at the provider: ${(error as Error).message}`);
    return refused();
  }
}

/** Plain HTTP is for a provider on this machine; the settings take no other. Signatures are checked although the token comes from the provider itself. */
function discover({ issuer, clientId, clientSecret }: NonNullable<AppConfig['people']['upstream']>) {
  const insecure = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
  const options = { execute: [client.enableNonRepudiationChecks, ...insecure], timeout: SECONDS_TO_ANSWER };
  return client.discovery(new URL(issuer), clientId, clientSecret, client.ClientSecretBasic(clientSecret), options);
}

function refused(): ServonautError {
  return new ServonautError('sign_in_refused', {
    message: 'The sign-in was refused, has taken too long, or is not that of anybody here.',
  });
}
