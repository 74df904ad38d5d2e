import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import * as client from 'openid-client';
import { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { LockOut } from './lock-out.ts';
import type { RequestSource } from './request-source.ts';
import { upstreamFailure, upstreamRefusal, whatFailed } from './upstream-failure.ts';
import { isAnswer, UpstreamFlows, type UpstreamFlow } from './upstream-flow.ts';
import { UpstreamIdentities } from './upstream-identities.ts';
import { UpstreamSignIn, type UpstreamReturn } from './upstream-sign-in.ts';
import type { User } from './user-service.ts';

/** Where the provider sends the browser back to; registered there. */
export const UPSTREAM_RETURN_PATH = '/upstream/return';

const SECONDS_TO_ANSWER = 10;

/** How far the clock of the provider may be behind ours. Within it a sign-in from before the flow passes for one of the flow. */
const CLOCK_SKEW_SECONDS = 10;

/** What is kept of `amr`: some names (RFC 8176), and nothing that anybody could have written a novel into. */
const MOST_METHODS = 8;
const methodSchema = z.string().regex(/^[\w.:/-]{1,40}$/);

interface Said {
  readonly claims: client.IDToken;
  readonly signedInAt: Date | null;
  readonly accessToken: string;
}

/** Signs people in at an OpenID provider: authorization code, PKCE, state and nonce, all checked by openid-client. */
@Injectable()
export class OidcUpstreamSignIn extends UpstreamSignIn {
  readonly label: string | null;
  readonly #flows: UpstreamFlows;
  readonly #logger = new Logger(OidcUpstreamSignIn.name);
  #discovered: Promise<client.Configuration> | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl' | 'people'>,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    private readonly identities: UpstreamIdentities,
    private readonly lockOut: LockOut,
  ) {
    super();
    this.#flows = new UpstreamFlows(keys);
    this.label = config.people.upstream?.label ?? null;
  }

  async begin(back: string, { address }: RequestSource, anew = false): Promise<{ url: URL; flow: string }> {
    await this.lockOut.tryUpstream(address);
    const provider = await this.#atProvider((there) => Promise.resolve(there));
    const { flow, sealed } = this.#flows.begin(this.#ownPath(back), anew);
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.config.publicUrl + UPSTREAM_RETURN_PATH,
      scope: 'openid email',
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
      ...(anew && { prompt: 'login', max_age: '0' }),
    });
    return { url, flow: sealed };
  }

  async finish(returned: URL, sealed: string, { address }: RequestSource): Promise<UpstreamReturn> {
    await this.lockOut.tryUpstreamReturn(address);
    const flow = this.#flows.answered(sealed, returned.searchParams);
    if (!flow || !(await this.lockOut.isFirstReturn(flow.state))) throw upstreamRefusal();
    const said = await this.#atProvider((provider) => exchange(provider, returned, flow));
    const user = await this.#userOf(said);
    if (!user || user.disabledAt !== null) throw upstreamRefusal();
    const methods = ['upstream', ...methodsOf(said.claims)];
    return { user, methods, back: flow.back, signedInAt: said.signedInAt };
  }

  async #userOf({ claims, accessToken }: Said): Promise<User | undefined> {
    const identity = { issuer: claims.iss, subject: claims.sub };
    const known = await this.identities.userOf(identity);
    if (known) return known;
    const { email, email_verified: verified } = await this.#atProvider((provider) =>
      factsOf(provider, claims, accessToken),
    );
    // Only what the provider vouches for: at some, people write into their profile what they like.
    return typeof email === 'string' && verified === true ? this.identities.recognise(identity, email) : undefined;
  }

  /** What goes wrong there is told apart from what goes wrong here. */
  async #atProvider<T>(run: (provider: client.Configuration) => Promise<T>): Promise<T> {
    try {
      return await run(await this.#provider());
    } catch (error) {
      if (error instanceof ServonautError) throw error;
      this.#logger.warn(`sign-in at the provider: ${whatFailed(error)}`);
      throw upstreamFailure(error);
    }
  }

  /** Asked for once; again after a failure. @throws ServonautError `not_found` without a provider. */
  #provider(): Promise<client.Configuration> {
    const { upstream } = this.config.people;
    if (!upstream) throw new ServonautError('not_found');
    this.#discovered ??= discover(upstream).catch((cause: unknown) => {
      this.#discovered = undefined;
      throw new TypeError('the provider does not describe itself', { cause });
    });
    return this.#discovered;
  }

  /** To elsewhere the way would be an open redirect. A path can begin like another origin: `/.//` is resolved to `//`. */
  #ownPath(back: string): string {
    const url = URL.parse(back, this.config.publicUrl);
    const own = url?.origin === this.config.publicUrl && !/^\/[/\\]/.test(url.pathname);
    return own ? url.pathname + url.search : '/account';
  }
}

async function exchange(
  provider: client.Configuration,
  returned: URL,
  { verifier, nonce, state, anew, begunAt }: UpstreamFlow,
): Promise<Said> {
  if (!isAnswer(returned.searchParams, provider.serverMetadata().issuer)) throw upstreamRefusal();
  const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true };
  const answer = await client.authorizationCodeGrant(provider, returned, checks);
  const claims = answer.claims();
  if (!claims) throw new TypeError('no ID token');
  return { claims, accessToken: answer.access_token, signedInAt: anew ? signedInSince(begunAt, claims) : null };
}

/**
 * What the browser was to ask for (`prompt`, `max_age`) went through the hands of whoever sits at it, who may be at a browser that was left open. Only
 * `auth_time`, which the provider signs, tells whether it was done.
 * @throws ServonautError `sign_in_refused`
 */
function signedInSince(begunAt: number, { auth_time: at }: client.IDToken): Date {
  if (at !== undefined && at * 1_000 >= begunAt - CLOCK_SKEW_SECONDS * 1_000)
    return new Date(Math.min(at * 1_000, Date.now()));
  throw new ServonautError('sign_in_refused', {
    message: 'The provider does not say that you have just signed in there.',
    nextStep: 'Sign out at the provider and try again, or sign in with a password or a passkey.',
  });
}

/** Some providers put the address into the ID token, and some only where its owner's access token is shown. */
async function factsOf(provider: client.Configuration, claims: client.IDToken, accessToken: string) {
  const complete = claims['email'] !== undefined || !provider.serverMetadata().userinfo_endpoint;
  return complete ? claims : client.fetchUserInfo(provider, accessToken, claims.sub);
}

function methodsOf({ amr }: client.IDToken): string[] {
  const said = Array.isArray(amr) ? amr.slice(0, MOST_METHODS) : [];
  return said.flatMap((method) => methodSchema.safeParse(method).data ?? []);
}

/** Plain HTTP is for a provider on this machine; the settings take no other. Signatures are checked although the token comes from the provider itself. */
function discover({ issuer, clientId, clientSecret }: NonNullable<AppConfig['people']['upstream']>) {
  const insecure = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
  const options = { execute: [client.enableNonRepudiationChecks, ...insecure], timeout: SECONDS_TO_ANSWER };
  return client.discovery(new URL(issuer), clientId, clientSecret, client.ClientSecretBasic(clientSecret), options);
}
