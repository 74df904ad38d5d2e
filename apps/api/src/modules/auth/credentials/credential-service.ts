import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, type Scope } from '@servonaut/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { credentials, users } from '../../../platform/database/schema.ts';
import { holdActingAdmin, oneAtATime } from '../acting-admin.ts';
import { takeBackMadeWith } from '../made-by.ts';
import type { Principal } from '../principal.ts';
import { Revocations } from '../revocations.ts';
import { checkCommandTemplates } from './checked-commands.ts';
import {
  columnsOf,
  limitsOf,
  stateOf,
  toFacts,
  type CredentialChange,
  type CredentialFacts,
  type NewCredential,
} from './credential-facts.ts';
import { listCredentials, pageOfCredentials, type CredentialFilter, type CredentialPage } from './credential-list.ts';
import { hashSecret, newTokenParts, tokenText } from './credential-token.ts';
import { storedNetworks } from './network.ts';

/** What somebody is about to have: a new credential, or one as it is after a change. */
export type Given = Pick<CredentialFacts, 'scopes' | 'label' | keyof ReturnType<typeof limitsOf>> & {
  /** Undefined for a new one. */
  readonly before?: CredentialFacts;
};

/** Refuses what may not be given. @throws ServonautError */
export type Grant = (given: Given, transaction: Database) => Promise<void> | void;

/** Asked first in a transaction: holds whoever asks to be who they are until it ends, and says what they may give. */
export type HoldGiver = (transaction: Database) => Promise<Grant>;

/** Who writes, and which version they have seen; any, if undefined. */
export interface CredentialWrite {
  readonly by: Principal | null;
  readonly version?: number | undefined;
  readonly hold?: HoldGiver;
}

/** Issues, lists, changes and revokes credentials (API keys). */
@Injectable()
export class CredentialService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly revocations: Revocations,
  ) {}

  /**
   * As part of a transaction, when one is given. The user has to exist.
   * @param options.hold for whoever is no admin
   * @returns the facts, and the token, which nobody can show again.
   * @throws ServonautError `invalid_request` for a pattern that is none or an executor with limits of calls, or as `hold`, which is `holdActingAdmin` by default
   */
  async issue(
    wanted: NewCredential,
    { database = this.database, hold = holdAdmin(wanted.createdBy) }: { database?: Database; hold?: HoldGiver } = {},
  ): Promise<{ facts: CredentialFacts; token: string }> {
    const parts = newTokenParts();
    const { userId, label, scopes, createdBy } = wanted;
    const limits = checked(limitsOf(wanted));
    refuseLimitedExecutor(scopes, limits);
    const owner = { createdBy: createdBy && createdBy.id, createdByUser: createdBy && Number(createdBy.userId) };
    const row = {
      id: parts.id,
      ...owner,
      ...columnsOf({ label, ...limits }),
      label,
      scopes: [...scopes],
      userId: Number(userId),
    };
    const [issued] = await database.transaction(async (transaction) => {
      const grant = await hold(transaction);
      await grant({ label, scopes, ...limits }, transaction);
      return transaction
        .insert(credentials)
        .values({ ...row, secretHash: hashSecret(parts.secret) })
        .returning();
    });
    return { facts: toFacts(found(issued)), token: tokenText(parts) };
  }

  /**
   * At once, in all processes; calls that run go on. Also narrows and widens: the token stays the same.
   * @throws ServonautError `not_found`, `version_mismatch`, `conflict` when it is revoked or has expired, `invalid_request` as `issue`, or as `hold`
   */
  async change(
    id: string,
    change: CredentialChange,
    { by, version, hold = holdAdmin(by) }: CredentialWrite,
  ): Promise<CredentialFacts> {
    const columns = columnsOf(checked(change));
    const [former, changed] = await this.database.transaction(async (transaction) => {
      const grant = await hold(transaction);
      const which = eq(credentials.id, id);
      const [row] = await transaction.select().from(credentials).where(which).for('no key update');
      const before = toFacts(found(row));
      await grant({ ...before, ...toFacts({ ...found(row), ...columns }), before }, transaction);
      refuseStale(before, version);
      refuseLimitedExecutor(before.scopes, columns);
      const [after] = await transaction
        .update(credentials)
        .set({ ...columns, version: sql`${credentials.version} + 1` })
        .where(which)
        .returning();
      return [before, toFacts(found(after))];
    });
    // All processes forget all that they believe of anybody: not for nothing.
    if (!haveSameLimits(former, changed)) this.revocations.announceChange();
    return changed;
  }

  /** Oldest first. */
  list(filter: CredentialFilter): Promise<CredentialFacts[]> {
    return listCredentials(this.database, filter);
  }

  /** The same, a page of it. @throws ServonautError `invalid_request` for a cursor that was not given out */
  page(filter: CredentialFilter, page: { cursor?: string | undefined; limit: number }): Promise<CredentialPage> {
    return pageOfCredentials(this.database, filter, page);
  }

  /** @throws ServonautError `not_found`. */
  async get(id: string, database = this.database): Promise<CredentialFacts> {
    const [row] = await database.select().from(credentials).where(eq(credentials.id, id));
    return toFacts(found(row));
  }

  /** Whether its tokens are taken now. */
  async isInForce(id: string): Promise<boolean> {
    const [row] = await this.database
      .select({ expiresAt: credentials.expiresAt })
      .from(credentials)
      .innerJoin(users, eq(users.id, credentials.userId))
      .where(and(eq(credentials.id, id), isNull(credentials.revokedAt), isNull(users.disabledAt)));
    return row !== undefined && (row.expiresAt === null || row.expiresAt.getTime() > Date.now());
  }

  /**
   * For good, and at once in all processes, with the calls of it that run. Revoking again changes no instant.
   * @param made what becomes of what it has made as an admin: it ends, or is kept when the credential has only been replaced by one of them
   * @param by on record as whoever did it
   * @throws ServonautError `not_found`, `version_mismatch`
   */
  async revoke(
    id: string,
    {
      made = 'end',
      version,
    }: { readonly made?: 'end' | 'keep'; readonly version?: number | undefined; readonly by?: Principal } = {},
  ): Promise<CredentialFacts> {
    const others = await this.database.transaction(async (transaction) => {
      await oneAtATime(transaction);
      const [row] = await transaction.select().from(credentials).where(eq(credentials.id, id)).for('no key update');
      const before = found(row);
      if (before.version !== (version ?? before.version)) throw new ServonautError('version_mismatch');
      if (before.revokedAt === null)
        await transaction
          .update(credentials)
          .set({ revokedAt: new Date(), version: sql`${credentials.version} + 1` })
          .where(eq(credentials.id, id));
      return made === 'end' ? takeBackMadeWith([id], transaction) : [];
    });
    const revoked = await this.get(id);
    for (const each of [{ userId: revoked.userId, credentialId: id }, ...others]) this.revocations.announce(each);
    return revoked;
  }
}

/** Admins may give what they like; so does the first start, where there is nobody yet. */
function holdAdmin(by: Principal | null): HoldGiver {
  return async (transaction) => {
    if (by) await holdActingAdmin(by, transaction);
    return () => undefined;
  };
}

/** What is stored of it. @throws ServonautError `invalid_request` for a pattern that is none */
function checked<Change extends CredentialChange>(change: Change): Change {
  if (change.commands) checkCommandTemplates(change.commands);
  return change.addresses ? { ...change, addresses: storedNetworks(change.addresses) } : change;
}

/** What is over stays so: it is counted no more, and another one may have its label. */
function refuseStale(facts: CredentialFacts, expected: number | undefined): void {
  if (facts.version !== (expected ?? facts.version)) throw new ServonautError('version_mismatch');
  const state = stateOf(facts);
  if (state === 'active') return;
  const message =
    state === 'revoked' ? 'The credential is revoked, for good.' : 'The credential has expired, for good.';
  throw new ServonautError('conflict', { message, nextStep: 'Make another one.' });
}

const OF_CALLS = ['tools', 'servers', 'rules', 'commands'] as const;

/** Executors are asked and ask for nothing: what limits calls would look like a limit, and be none. */
function refuseLimitedExecutor(scopes: readonly Scope[], limits: CredentialChange): void {
  const given = OF_CALLS.filter((limit) => (limits[limit] ?? null) !== null);
  if (given.length === 0 || !scopes.includes('relay:connect')) return;
  throw new ServonautError('invalid_request', {
    message: `${given.join(', ')}: limits calls, and no executor, as which a credential with the scope relay:connect may connect.`,
    nextStep: 'Make two credentials: one for the executor, and one with the limits for whoever calls tools.',
  });
}

function haveSameLimits(one: CredentialFacts, other: CredentialFacts): boolean {
  return JSON.stringify(limitsOf(one)) === JSON.stringify(limitsOf(other));
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServonautError('not_found', { message: 'There is no such credential.' });
  return row;
}
