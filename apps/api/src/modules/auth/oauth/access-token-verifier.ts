import { hash } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { scopeSchema, ServonautError, toolOfScope, type RequestedScope, type Scope } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import type { Principal } from '../principal.ts';
import { Revocations } from '../revocations.ts';
import { scopesWithin } from '../role-scopes.ts';
import { TokenVerifier, type Audience } from '../token-verifier.ts';
import {
  accessTokenClaims,
  checkAudience,
  checkNotOver,
  type AccessTokenClaims,
  type SignedClaims,
} from './access-token-checks.ts';
import { grantStanding, inForce, type GrantStanding } from './grant-standing.ts';
import { resourceOf } from './resources.ts';
import { SigningKeys } from './signing-keys.ts';

const CACHED_TOKENS = 10_000;
/** What the wire takes. The id of a client may be an address of any length. */
const LABEL_LENGTH = 128;

/**
 * Verifies access tokens. What a token says is signed, and holds until it expires; whether its key, its grant and its user are still good only the
 * database knows, and is believed for `SERVONAUT_TOKEN_CACHE_MS`.
 */
@Injectable()
export class AccessTokenVerifier extends TokenVerifier implements OnModuleDestroy {
  /** By the hash of the token, never by the token: a heap dump of the cache opens nothing. */
  readonly #claims = new LRUCache<string, SignedClaims>({ max: CACHED_TOKENS });
  /** By the grant. Holds promises, so that one query serves all who wait. */
  readonly #standings: LRUCache<string, Promise<GrantStanding>> | undefined;
  readonly #unsubscribe: () => void;

  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'auth' | 'publicUrl'>,
    @Inject(DATABASE) private readonly database: Database,
    private readonly keys: SigningKeys,
    revocations: Revocations,
  ) {
    super();
    const { tokenCacheMs } = config.auth;
    if (tokenCacheMs > 0) this.#standings = new LRUCache({ max: CACHED_TOKENS, ttl: tokenCacheMs });
    // Also drops queries under way: they may have been answered before the revocation.
    const forget = (): void => this.#standings?.clear();
    this.#unsubscribe = revocations.onDoubt(forget);
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  async verify(token: string, audience: Audience): Promise<Principal> {
    const claims = await this.#claimsOf(token);
    checkAudience(claims, resourceOf(audience, this.config.publicUrl));
    return toPrincipal(claims, await this.#standingOf(claims.gid));
  }

  /** The database is asked each time. */
  async recheck(principal: Principal): Promise<Principal> {
    const { userName, role, levels } = inForce(await grantStanding(this.database, principal.id));
    return { ...principal, userName, levels, scopes: scopesWithin(role, principal.scopes) };
  }

  /** The signature is looked at once, the key that made it each time. */
  async #claimsOf(token: string): Promise<AccessTokenClaims> {
    const key = hash('sha256', token, 'base64url');
    const known = this.#claims.get(key);
    if (known) checkNotOver(known, new Date());
    if (known && (await this.keys.publicKey(known.kid))) return known;
    const claims = await this.#read(token);
    this.#claims.set(key, claims);
    return claims;
  }

  #read(token: string): Promise<SignedClaims> {
    const findKey = (kid: string) => this.keys.publicKey(kid);
    return accessTokenClaims(token, { findKey, issuer: this.config.publicUrl, now: new Date() });
  }

  #standingOf(gid: string): Promise<GrantStanding> {
    const cached = this.#standings?.get(gid);
    if (cached) return cached;
    const loading = grantStanding(this.database, gid).then(inForce);
    this.#standings?.set(gid, loading);
    loading.catch(() => this.#standings?.peek(gid) === loading && this.#standings.delete(gid));
    return loading;
  }
}

function toPrincipal(claims: AccessTokenClaims, standing: GrantStanding): Principal {
  // The signature says so and the table says otherwise: one of the two is not ours to believe.
  if (standing.userId !== claims.sub) throw new ServonautError('token_invalid', { detail: 'grant of another user' });
  return {
    userId: standing.userId,
    userName: standing.userName,
    kind: 'user',
    id: claims.gid,
    label: (claims.client_name ?? claims.client_id).slice(0, LABEL_LENGTH),
    scopes: scopesWithin(standing.role, scopesOf(claims.scope)),
    tools: toolsOf(claims.scope),
    servers: null,
    levels: standing.levels,
    commands: null,
    expiresAt: new Date(claims.exp * 1_000),
    signedInUntil: standing.latestAt,
  };
}

/** The scope of one tool opens the door of agents, behind which there is that tool alone. */
function scopesOf(scope: readonly RequestedScope[]): Set<Scope> {
  return new Set(scope.map((each) => scopeSchema.safeParse(each).data ?? 'mcp:tools'));
}

function toolsOf(scope: readonly RequestedScope[]): string[] | null {
  if (scope.includes('mcp:tools')) return null;
  return scope.flatMap((each) => toolOfScope(each) ?? []);
}
