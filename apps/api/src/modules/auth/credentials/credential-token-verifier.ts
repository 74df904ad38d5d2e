import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ServonautError, type Scope } from '@servonaut/contracts';
import { eq } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { credentials, plans, users } from '../../../platform/database/schema.ts';
import { allowedNetworks, checkAddress } from './credential-address.ts';
import { hashSecret, parseToken, secretMatches, type TokenParts } from './credential-token.ts';
import { CredentialUsage } from './credential-usage.ts';
import type { Network } from './network.ts';
import { levelsOf } from '../levels.ts';
import type { Principal } from '../principal.ts';
import { Revocations } from '../revocations.ts';
import { scopesWithin } from '../role-scopes.ts';
import { TokenVerifier } from '../token-verifier.ts';

const CACHED_TOKENS = 10_000;

interface CredentialRow {
  readonly credentials: typeof credentials.$inferSelect;
  readonly users: typeof users.$inferSelect;
  readonly plans: typeof plans.$inferSelect | null;
}

/** A credential that is in force. */
interface Found {
  readonly principal: Principal;
  readonly networks: readonly Network[] | null;
}

/** Verifies credentials against the database, and believes what it found for `SERVONAUT_TOKEN_CACHE_MS`. */
@Injectable()
export class CredentialTokenVerifier extends TokenVerifier implements OnModuleDestroy {
  /** By the hash of the token, never by the token: a heap dump of the cache opens nothing. Holds promises, so that one load serves all who wait. */
  readonly #cache: LRUCache<string, Promise<Found>> | undefined;
  readonly #unsubscribe: () => void;

  constructor(
    @Inject(APP_CONFIG) { auth }: AppConfig,
    @Inject(DATABASE) private readonly database: Database,
    private readonly usage: CredentialUsage,
    revocations: Revocations,
  ) {
    super();
    if (auth.tokenCacheMs > 0) this.#cache = new LRUCache({ max: CACHED_TOKENS, ttl: auth.tokenCacheMs });
    // Revocations are rare, so forgetting everything is cheaper than knowing what to forget; it also drops loads under way.
    const forget = (): void => this.#cache?.clear();
    this.#unsubscribe = revocations.onDoubt(forget);
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  async verify(token: string, address: string | undefined): Promise<Principal> {
    const parts = parseToken(token);
    if (!parts) throw new ServonautError('token_invalid');
    const principal = usable(await this.#cachedOrLoaded(parts), address);
    this.usage.note(principal.id);
    return principal;
  }

  /** The database is asked each time. */
  async recheck({ id }: Principal, address: string | undefined): Promise<Principal> {
    const row = await this.#row(id);
    if (!row) throw new ServonautError('token_revoked');
    return usable(inForce(row), address);
  }

  #cachedOrLoaded(parts: TokenParts): Promise<Found> {
    const key = `${parts.id}.${hashSecret(parts.secret)}`;
    const cached = this.#cache?.get(key);
    if (cached) return cached;
    const loading = this.#load(parts);
    this.#cache?.set(key, loading);
    loading.catch(() => this.#cache?.peek(key) === loading && this.#cache.delete(key));
    return loading;
  }

  /** Asks for the secret first and for everything else after: only its holder learns more than "invalid". */
  async #load({ id, secret }: TokenParts): Promise<Found> {
    const row = await this.#row(id);
    if (!secretMatches(secret, row?.credentials.secretHash) || !row) throw new ServonautError('token_invalid');
    return inForce(row);
  }

  async #row(id: string): Promise<CredentialRow | undefined> {
    const [row] = await this.database
      .select()
      .from(credentials)
      .innerJoin(users, eq(users.id, credentials.userId))
      .leftJoin(plans, eq(plans.id, users.planId))
      .where(eq(credentials.id, id));
    return row;
  }
}

function inForce(row: CredentialRow): Found {
  const { credentials: credential, users: user } = row;
  if (credential.revokedAt) throw new ServonautError('token_revoked');
  if (user.disabledAt) throw new ServonautError('token_revoked', { message: 'The user of this token is disabled.' });
  return { principal: toPrincipal(row), networks: allowedNetworks(credential.addresses) };
}

/** What changes from one request to the next: the time, and where it comes from. */
function usable({ principal, networks }: Found, address: string | undefined): Principal {
  if (principal.expiresAt && principal.expiresAt.getTime() <= Date.now()) throw new ServonautError('token_expired');
  checkAddress(networks, address);
  return principal;
}

function toPrincipal({ credentials: credential, users: user, plans: plan }: CredentialRow): Principal {
  return {
    userId: String(user.id),
    userName: user.name,
    kind: 'credential',
    id: credential.id,
    label: credential.label,
    scopes: scopesWithin(user.role, new Set(credential.scopes as Scope[])),
    tools: credential.tools,
    servers: credential.servers,
    levels: levelsOf(user, plan, credential),
    commands: credential.commands,
    expiresAt: credential.expiresAt,
  };
}
