import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, type Scope } from '@servonaut/contracts';
import { and, asc, eq, isNull, type SQL } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { credentials, users } from '../../../platform/database/schema.ts';
import { hashSecret, newTokenParts, tokenText } from './credential-token.ts';
import { holdActingAdmin, oneAtATime } from '../acting-admin.ts';
import { takeBackMadeWith } from '../made-by.ts';
import type { Principal } from '../principal.ts';
import { Revocations } from '../revocations.ts';

/** What a credential may be issued with. */
export interface NewCredential {
  readonly userId: string;
  /** For people, never for decisions. */
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Null: no limit of its own. */
  readonly tools: readonly string[] | null;
  /** Exact names, or patterns with `*`. Null: no limit of its own. */
  readonly servers: readonly string[] | null;
  readonly expiresAt: Date | null;
  /** The admin who issues it, and is held to be one; null on the first start. */
  readonly createdBy: Principal | null;
}

/** All that is known of a credential afterwards. Its secret is not. */
export interface CredentialFacts extends Omit<NewCredential, 'createdBy'> {
  readonly id: string;
  /** Id of the credential or grant that has issued it; null on the first start. */
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  /** Exact to a minute. */
  readonly lastUsedAt: Date | null;
}

/** Issues, lists and revokes credentials (API keys). */
@Injectable()
export class CredentialService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly revocations: Revocations,
  ) {}

  /**
   * As part of a transaction, when one is given. The user has to exist.
   * @returns the facts, and the token, which nobody can show again.
   * @throws ServonautError as `holdActingAdmin`
   */
  async issue(wanted: NewCredential, database = this.database): Promise<{ facts: CredentialFacts; token: string }> {
    const parts = newTokenParts();
    const row = { ...toRow(wanted), id: parts.id, secretHash: hashSecret(parts.secret) };
    const [issued] = await database.transaction(async (transaction) => {
      if (wanted.createdBy) await holdActingAdmin(wanted.createdBy, transaction);
      return transaction.insert(credentials).values(row).returning();
    });
    return { facts: toFacts(found(issued)), token: tokenText(parts) };
  }

  /** Of one user, oldest first. */
  list(userId: string): Promise<CredentialFacts[]> {
    return this.#all(eq(credentials.userId, Number(userId)));
  }

  /** Those that a credential or a grant has issued, oldest first. */
  listCreatedBy(id: string): Promise<CredentialFacts[]> {
    return this.#all(eq(credentials.createdBy, id));
  }

  async #all(which: SQL): Promise<CredentialFacts[]> {
    const rows = await this.database
      .select()
      .from(credentials)
      .where(which)
      .orderBy(asc(credentials.createdAt), asc(credentials.id));
    return rows.map(toFacts);
  }

  /** @throws ServonautError `not_found`. */
  async get(id: string): Promise<CredentialFacts> {
    const [row] = await this.database.select().from(credentials).where(eq(credentials.id, id));
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
   * For good, and at once in this process. Revoking again changes no instant.
   * @param made what becomes of what it has made as an admin: it ends, or is kept when the credential has only been replaced by one of them
   * @throws ServonautError `not_found`
   */
  async revoke(id: string, { made = 'end' }: { readonly made?: 'end' | 'keep' } = {}): Promise<CredentialFacts> {
    const others = await this.database.transaction(async (transaction) => {
      await oneAtATime(transaction);
      await transaction
        .update(credentials)
        .set({ revokedAt: new Date() })
        .where(and(eq(credentials.id, id), isNull(credentials.revokedAt)));
      return made === 'end' ? takeBackMadeWith([id], transaction) : [];
    });
    const revoked = await this.get(id);
    for (const each of [{ userId: revoked.userId, credentialId: id }, ...others]) this.revocations.announce(each);
    return revoked;
  }
}

function toRow({ userId, scopes, tools, servers, createdBy, ...rest }: NewCredential) {
  return {
    ...rest,
    createdBy: createdBy && createdBy.id,
    createdByUser: createdBy && Number(createdBy.userId),
    userId: Number(userId),
    scopes: [...scopes],
    tools: tools && [...tools],
    servers: servers && [...servers],
  };
}

function toFacts({
  secretHash: _,
  createdByUser: __,
  userId,
  scopes,
  ...rest
}: typeof credentials.$inferSelect): CredentialFacts {
  return { ...rest, userId: String(userId), scopes: scopes as Scope[] };
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServonautError('not_found', { message: 'There is no such credential.' });
  return row;
}
