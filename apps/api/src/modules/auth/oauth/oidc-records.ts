import { createHmac } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { and, eq, inArray, isNull, lt, type SQL } from 'drizzle-orm';
import type { AdapterPayload } from 'oidc-provider';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { Revocations } from '../revocations.ts';
import { endGrants } from '../ended-grants.ts';
import type { TakenBack } from '../made-by.ts';
import { putInPlace, usableAs, type RotationLifetimes } from './refresh-rotation.ts';

/** How long an expired record is still found, in milliseconds, so that the library can say that it has expired. */
const EXPIRED_MS = 60_000;
const DAY_SECONDS = 86_400;
/** A client that registered and that nobody has let in or used for so long is forgotten; not sooner than the longest `OAUTH_IDLE_DAYS`. */
const CLIENT_SECONDS = 90 * DAY_SECONDS;

type Row = typeof oidcRecords.$inferSelect;

/**
 * Records of the authorization server. Each is found by an HMAC of what names it and sealed with that place, so that from a stolen table nobody
 * gets a code or a refresh token, and none can be moved.
 */
@Injectable()
export class OidcRecords {
  readonly #nameKey: Uint8Array;
  readonly #box: SealedBox;
  readonly #logger = new Logger('OidcRecords');
  #saidClosed = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    private readonly revocations: Revocations,
  ) {
    this.#nameKey = keys.derive('oauth/record-id');
    this.#box = sealedBox(keys, 'oauth/record-seal');
  }

  /** The name under which something is stored. That of a grant is the claim `gid` of its access tokens. */
  storedName(name: string): string {
    return createHmac('sha256', this.#nameKey).update(name).digest('base64url');
  }

  /**
   * @param seconds that it is kept; undefined for ever, except a client
   * @param latestSeconds of a grant: that it is kept however much it is used
   */
  async save(
    model: string,
    name: string,
    payload: AdapterPayload,
    seconds?: number,
    { latestSeconds }: { readonly latestSeconds?: number } = {},
  ): Promise<void> {
    const latestAt = latestSeconds === undefined ? null : after(latestSeconds);
    const row = { ...this.#columns(model, name, payload), expiresAt: expiry(model, seconds), latestAt };
    await this.database
      .insert(oidcRecords)
      .values(row)
      .onConflictDoUpdate({ target: [oidcRecords.model, oidcRecords.id], set: row });
    if (model === 'Grant' && payload.clientId !== undefined) await this.#keepClient(payload.clientId);
  }

  find(model: string, name: string): Promise<AdapterPayload | undefined> {
    return this.#one(and(eq(oidcRecords.model, model), eq(oidcRecords.id, this.storedName(name))));
  }

  /** Also by the name of the one that it was given for, for as long as that is taken once more. */
  async findRefreshToken(name: string): Promise<AdapterPayload | undefined> {
    const found = await this.#one(usableAs(this.storedName(name), new Date()));
    return found && { ...found, jti: name };
  }

  /**
   * Puts a refresh token in the place of the one it was given for, or of the successor of that one which nobody has used, and keeps their grant for
   * as long. In one statement, so that of many who come at once with the same one, one successor is good.
   * @returns whether the former could still be used
   */
  async rotate(former: string, name: string, payload: AdapterPayload, lifetimes: RotationLifetimes): Promise<boolean> {
    const now = new Date();
    const until = lifetimes.leewaySeconds > 0 ? after(lifetimes.leewaySeconds, now) : null;
    const slot = { formerId: this.storedName(former), now, until };
    const columns = { ...this.#columns('RefreshToken', name, payload), expiresAt: after(lifetimes.seconds, now) };
    const isDone = await this.database.transaction((transaction) => putInPlace(transaction, slot, columns));
    if (isDone && payload.clientId !== undefined) await this.#keepClient(payload.clientId);
    return isDone;
  }

  findByUserCode(model: string, code: string): Promise<AdapterPayload | undefined> {
    return this.#one(and(eq(oidcRecords.model, model), eq(oidcRecords.userCode, this.storedName(code))));
  }

  findByUid(model: string, uid: string): Promise<AdapterPayload | undefined> {
    return this.#one(and(eq(oidcRecords.model, model), eq(oidcRecords.uid, this.storedName(uid))));
  }

  /**
   * Marks it as used, in one statement, so that of two who come at once one is the second.
   * @returns whether it had not been. When it had, its grant is over: one of the two uses was not the owner's (RFC 9700 section 4.14.2).
   */
  async consume(model: string, name: string): Promise<boolean> {
    const at = and(eq(oidcRecords.model, model), eq(oidcRecords.id, this.storedName(name)));
    const won = await this.database
      .update(oidcRecords)
      .set({ consumedAt: new Date() })
      .where(and(at, isNull(oidcRecords.consumedAt)))
      .returning({ id: oidcRecords.id });
    if (won.length === 1) return true;
    const [used] = await this.database.select({ grantId: oidcRecords.grantId }).from(oidcRecords).where(at);
    if (used?.grantId) await this.endGrant(used.grantId);
    return false;
  }

  async destroy(model: string, name: string): Promise<void> {
    const id = this.storedName(name);
    if (model === 'Grant') await this.endGrant(id);
    else await this.database.delete(oidcRecords).where(and(eq(oidcRecords.model, model), eq(oidcRecords.id, id)));
  }

  async destroyOfGrant(model: string, grant: string): Promise<void> {
    await this.database
      .delete(oidcRecords)
      .where(and(eq(oidcRecords.model, model), eq(oidcRecords.grantId, this.storedName(grant))));
  }

  /** Ends a grant with all that came of it, and says so. @param id as it is stored @param made which keys that were made with it */
  async endGrant(id: string, made: TakenBack = 'power'): Promise<void> {
    const ended = await this.database.transaction((transaction) => endGrants([id], transaction, made));
    for (const revocation of ended) this.revocations.announce(revocation);
  }

  /** Forgets at most `limit` of those that have expired. @returns how many. */
  async sweep(limit: number, now = new Date()): Promise<number> {
    const isExpired = lt(oidcRecords.expiresAt, new Date(now.getTime() - EXPIRED_MS));
    const expired = this.database.select({ id: oidcRecords.id }).from(oidcRecords).where(isExpired).limit(limit);
    const forgotten = this.database.delete(oidcRecords).where(and(isExpired, inArray(oidcRecords.id, expired)));
    return (await forgotten.returning({ id: oidcRecords.id })).length;
  }

  /**
   * The payload of a row, for those who read the table themselves. Undefined for one of another master secret: what it stands for is over, as its tokens
   * and what names it are not known any more, and it goes when it expires.
   */
  open(row: Pick<Row, 'model' | 'id' | 'payloadSealed' | 'consumedAt'>): AdapterPayload | undefined {
    const text = this.#unsealed(row);
    if (text === undefined) return undefined;
    const payload = JSON.parse(text) as AdapterPayload;
    return row.consumedAt ? { ...payload, consumed: Math.floor(row.consumedAt.getTime() / 1_000) } : payload;
  }

  #unsealed({ model, id, payloadSealed }: Pick<Row, 'model' | 'id' | 'payloadSealed'>): string | undefined {
    try {
      return this.#box.open(payloadSealed, place(model, id));
    } catch {
      // Of thousands the first is enough.
      if (!this.#saidClosed) this.#logger.warn(`left out: a ${model} of another master secret, or an altered one`);
      this.#saidClosed = true;
      return undefined;
    }
  }

  async #one(where: SQL | undefined): Promise<AdapterPayload | undefined> {
    const [row] = await this.database.select().from(oidcRecords).where(where);
    const expired = row?.expiresAt && row.expiresAt.getTime() < Date.now() - EXPIRED_MS;
    return row && !expired ? this.open(row) : undefined;
  }

  #columns(model: string, name: string, payload: AdapterPayload) {
    const id = this.storedName(name);
    const named = (text: unknown) => (typeof text === 'string' ? this.storedName(text) : null);
    return {
      model,
      id,
      payloadSealed: this.#box.seal(JSON.stringify(payload), place(model, id)),
      grantId: named(payload.grantId),
      userCode: named(payload.userCode),
      uid: named(payload.uid),
      accountId: accountOf(payload),
      clientId: payload.clientId ?? null,
    };
  }

  async #keepClient(clientId: string): Promise<void> {
    await this.database
      .update(oidcRecords)
      .set({ expiresAt: expiry('Client', undefined) })
      .where(and(eq(oidcRecords.model, 'Client'), eq(oidcRecords.id, this.storedName(clientId))));
  }
}

function place(model: string, id: string): string {
  return `oidc_records ${model} ${id}`;
}

/** A flow names it below the session of whoever has signed in to it. */
function accountOf({ accountId, session }: AdapterPayload): number | null {
  const id = accountId ?? (session as { accountId?: string } | undefined)?.accountId;
  return id === undefined ? null : Number(id);
}

function expiry(model: string, seconds: number | undefined): Date | null {
  const kept = model === 'Client' ? CLIENT_SECONDS : seconds;
  return kept === undefined ? null : after(kept);
}

function after(seconds: number, now = new Date()): Date {
  return new Date(now.getTime() + seconds * 1_000);
}
