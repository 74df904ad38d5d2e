import { Inject, Injectable } from '@nestjs/common';
import { OWN_CREDENTIAL_SCOPES, ServonautError, type Scope } from '@servonaut/contracts';
import { and, count, eq, ne, type SQL } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import type { Database } from '../../../platform/database/database.ts';
import { credentials as rows } from '../../../platform/database/schema.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import { holdActing } from '../acting-admin.ts';
import type { Principal } from '../principal.ts';
import type { CredentialChange, CredentialFacts, NewCredential } from './credential-facts.ts';
import { isInState, type CredentialFilter, type CredentialPage } from './credential-list.ts';
import { CredentialService, type Given, type HoldGiver } from './credential-service.ts';
import { widerLimits } from './narrowing.ts';

/** Without the user, who is the one who asks. */
export type NewOwnCredential = Omit<NewCredential, 'userId' | 'createdBy'>;

/**
 * Credentials that users make for a purpose. Nobody gives more than they have: whoever has signed in gives what the user may do; a credential, what it
 * is limited to itself, and sees only what it has made.
 */
@Injectable()
export class OwnCredentials {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'credentials'>,
    private readonly credentials: CredentialService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * @throws ServonautError `not_entitled` for what the maker may not give, `conflict` for a label that an active one has or when there are too many,
   *   `token_revoked`, `too_many_requests`, or as `CredentialService.issue`
   */
  async issue(by: Principal, wanted: NewOwnCredential): Promise<{ facts: CredentialFacts; token: string }> {
    await this.#count(by);
    return this.credentials.issue({ ...wanted, userId: by.userId, createdBy: by }, { hold: this.#giver(by) });
  }

  /**
   * Whose it is comes first: that a change was asked for is on record of the user of the credential.
   * @throws ServonautError `not_found`, or as `issue` and `CredentialService.change`
   */
  async change(by: Principal, id: string, change: CredentialChange, version?: number): Promise<CredentialFacts> {
    await this.get(by, id);
    await this.#count(by);
    return this.credentials.change(id, change, { by, version, hold: this.#giver(by) });
  }

  page(
    by: Principal,
    filter: CredentialFilter,
    page: Parameters<CredentialService['page']>[1],
  ): Promise<CredentialPage> {
    const { id, kind, userId } = by;
    const { createdBy = id } = filter;
    const isForeign = kind === 'credential' && createdBy !== id;
    if (isForeign) return Promise.resolve({ page: [], nextCursor: null });
    return this.credentials.page({ ...filter, userId, ...(kind === 'credential' && { createdBy }) }, page);
  }

  /** @throws ServonautError `not_found`, also for somebody else's */
  async get(by: Principal, id: string): Promise<CredentialFacts> {
    const facts = await this.credentials.get(id);
    refuseForeign(by, facts);
    return facts;
  }

  /** @throws ServonautError as `get`, `version_mismatch`, or `too_many_requests` for what is revoked already */
  async revoke(by: Principal, id: string, version?: number): Promise<CredentialFacts> {
    const { revokedAt } = await this.get(by, id);
    if (revokedAt !== null) await this.#count(by);
    return this.credentials.revoke(id, { by, version });
  }

  /** What is written makes all processes ask the database anew for everybody. To revoke one is never put off. */
  #count({ userId }: Principal): Promise<void> {
    return this.limits.take('credential_writes', userId);
  }

  #giver(by: Principal): HoldGiver {
    return async (transaction) => {
      await holdActing(by, transaction);
      const maker = by.kind === 'credential' ? await this.credentials.get(by.id, transaction) : null;
      return async (given, within) => {
        refuseScopes(by, given.scopes);
        if (maker) refuseWider(maker, given);
        await refuseLabel(by.userId, given, within);
        if (!given.before) await this.#refuseTooMany(by.userId, within);
      };
    };
  }

  async #refuseTooMany(userId: string, transaction: Database): Promise<void> {
    const { perUser } = this.config.credentials;
    const [counted] = await transaction.select({ active: count() }).from(rows).where(areActiveOf(userId));
    if ((counted?.active ?? 0) < perUser) return;
    throw new ServonautError('conflict', {
      message: `There are ${perUser} active credentials already, as many as one user may have.`,
      nextStep: 'Revoke one that is not needed.',
      facts: { limit: perUser },
    });
  }
}

/** Whoever holds a credential that makes others need not know of those that it has not made. */
function refuseForeign({ userId, kind, id }: Principal, facts: CredentialFacts): void {
  if (facts.userId === userId && (kind === 'user' || facts.createdBy === id)) return;
  throw new ServonautError('not_found', { message: 'There is no such credential.' });
}

/**
 * Only admins give power over the coordinator, or the right to make credentials to one: and only they change what has it. Tokens of people for this
 * interface never call tools, though people may.
 */
function refuseScopes({ kind, scopes, label }: Principal, given: readonly Scope[]): void {
  const mayGive = OWN_CREDENTIAL_SCOPES.filter(
    (scope) => scopes.has(scope) || (kind === 'user' && scope === 'mcp:tools'),
  );
  const scope = given.find((each) => !mayGive.some((own) => own === each));
  if (scope === undefined) return;
  throw new ServonautError('not_entitled', {
    message: `"${label}" may not give a credential the scope ${scope}.`,
    nextStep: 'Ask an admin of this coordinator to make or change it.',
    facts: { scope },
  });
}

function refuseWider(maker: CredentialFacts, given: Given): void {
  const wider = widerLimits(given, maker);
  if (wider.length === 0) return;
  throw new ServonautError('not_entitled', {
    message: `This would allow more than "${maker.label}" may do that makes it, in: ${wider.map((limit) => NAMES[limit]).join(', ')}.`,
    nextStep: `Keep within the limits of "${maker.label}", or sign in and make it with "servonaut credentials create".`,
  });
}

/** As they are called over REST. */
const NAMES = {
  tools: 'tools',
  servers: 'servers',
  rules: 'rules',
  commands: 'commands',
  addresses: 'addresses',
  expiresAt: 'expires_at',
} as const;

/** People tell them apart by their labels. */
async function refuseLabel(userId: string, { label, before }: Given, transaction: Database): Promise<void> {
  if (label === before?.label) return;
  const others = await transaction
    .select({ label: rows.label })
    .from(rows)
    .where(and(areActiveOf(userId), before && ne(rows.id, before.id)));
  if (others.every((other) => looksOf(other.label) !== looksOf(label))) return;
  throw new ServonautError('conflict', {
    message: `There already is an active credential "${label}".`,
    nextStep: 'Choose another label, or revoke that one.',
  });
}

/** The same for labels that people could take for each other. */
function looksOf(label: string): string {
  return label.normalize('NFKC').toLowerCase();
}

function areActiveOf(userId: string): SQL | undefined {
  return and(eq(rows.userId, Number(userId)), isInState('active'));
}
