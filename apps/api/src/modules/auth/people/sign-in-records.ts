import { Inject, Injectable, Logger } from '@nestjs/common';
import { and, eq, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { recoveryCodes, users } from '../../../platform/database/schema.ts';
import { emailAddressSchema } from '../../../platform/zod/email-address.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { recoveryCodeHash } from './recovery-codes.ts';
import { toUser, type User } from './user-service.ts';

/** How many codes were wrong: since the last right one, and between that and the one before. */
export interface CodesRefused {
  readonly since: number;
  readonly before: number;
}

/** What somebody is recognised by. Stays within this folder. */
export interface SignInRecord {
  readonly user: User;
  readonly passwordHash: string | null;
  /** Null: has no second factor. */
  readonly totp: { readonly key: () => Uint8Array | undefined; readonly lastStep: number | null } | null;
  readonly codesRefused: CodesRefused;
}

/** With a right code the count begins anew; its owner still sees what it came to. */
const ANOTHER_COUNT = { codesRefusedBefore: sql`${users.codesRefused}`, codesRefused: 0 };

/** Reads and writes what people sign in with. */
@Injectable()
export class SignInRecords {
  readonly #box: SealedBox;
  readonly #logger = new Logger('SignInRecords');

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
  ) {
    this.#box = sealedBox(keys, 'people/totp');
  }

  /** Whatever somebody typed in: what is no address is nobody's, and some of it is nothing that a database takes. */
  async ofEmail(email: string): Promise<SignInRecord | undefined> {
    if (!emailAddressSchema.safeParse(email).success) return undefined;
    const [row] = await this.database
      .select()
      .from(users)
      .where(eq(sql`lower(${users.email})`, sql`lower(${email})`));
    return row && this.#toRecord(row);
  }

  async ofUser(userId: string): Promise<SignInRecord | undefined> {
    const [row] = await this.database
      .select()
      .from(users)
      .where(eq(users.id, Number(userId)));
    return row && this.#toRecord(row);
  }

  /** As part of a transaction, when one is given. */
  async setPassword(userId: string, passwordHash: string, database = this.database): Promise<void> {
    await database
      .update(users)
      .set({ passwordHash })
      .where(eq(users.id, Number(userId)));
  }

  /** One statement, so that of two uses of one code at the same moment only one is the first. */
  async useStep(userId: string, step: number): Promise<boolean> {
    const used = await this.database
      .update(users)
      .set({ totpLastStep: step, ...ANOTHER_COUNT })
      .where(and(eq(users.id, Number(userId)), or(isNull(users.totpLastStep), lt(users.totpLastStep, step))))
      .returning({ id: users.id });
    return used.length > 0;
  }

  /** @returns whether it was one of theirs, and had not been used. */
  async useRecoveryCode(userId: string, typed: string): Promise<boolean> {
    const codeHash = recoveryCodeHash(typed);
    if (codeHash === undefined) return false;
    const used = await this.database
      .update(recoveryCodes)
      .set({ usedAt: new Date() })
      .where(and(unusedOf(userId), eq(recoveryCodes.codeHash, codeHash)))
      .returning({ userId: recoveryCodes.userId });
    if (used.length === 0) return false;
    await this.#set(userId, ANOTHER_COUNT);
    return true;
  }

  /** Counts for the owner to see; what is refused is decided elsewhere. */
  codeWasRefused(userId: string): Promise<void> {
    return this.#set(userId, { codesRefused: sql`${users.codesRefused} + 1` });
  }

  recoveryCodesLeft(userId: string): Promise<number> {
    return this.database.$count(recoveryCodes, unusedOf(userId));
  }

  /**
   * Unless there is one already.
   * @param step of the code that confirmed it
   * @returns whether it is in force now.
   */
  setTotp(userId: string, key: Uint8Array, step: number, codes: readonly string[]): Promise<boolean> {
    const totpSealed = this.#box.seal(Buffer.from(key).toString('base64url'), aboutKeyOf(userId));
    return this.database.transaction(async (transaction) => {
      const set = await transaction
        .update(users)
        .set({ totpSealed, totpLastStep: step, codesRefused: 0, codesRefusedBefore: 0 })
        .where(and(eq(users.id, Number(userId)), isNull(users.totpSealed)))
        .returning({ id: users.id });
      if (set.length === 0) return false;
      await forgetCodes(userId, transaction);
      await transaction.insert(recoveryCodes).values(codes.map((code) => toRow(userId, code)));
      return true;
    });
  }

  /** @returns whether they have a second factor, without which there are no codes. */
  replaceRecoveryCodes(userId: string, codes: readonly string[]): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      const withFactor = and(eq(users.id, Number(userId)), isNotNull(users.totpSealed));
      // Locks the row, so that of two at the same moment the later one has replaced all of the earlier.
      const found = await transaction.select({ id: users.id }).from(users).where(withFactor).for('update');
      if (found.length === 0) return false;
      await forgetCodes(userId, transaction);
      await transaction.insert(recoveryCodes).values(codes.map((code) => toRow(userId, code)));
      return true;
    });
  }

  /** With its recovery codes. As part of a transaction, when one is given. */
  async removeTotp(userId: string, database = this.database): Promise<void> {
    await database
      .update(users)
      .set({ totpSealed: null, totpLastStep: null })
      .where(eq(users.id, Number(userId)));
    await forgetCodes(userId, database);
  }

  async #set(userId: string, values: PgUpdateSetSource<typeof users>): Promise<void> {
    await this.database
      .update(users)
      .set(values)
      .where(eq(users.id, Number(userId)));
  }

  #toRecord(row: typeof users.$inferSelect): SignInRecord {
    const user = toUser(row);
    const { passwordHash, codesRefused: since, codesRefusedBefore: before } = row;
    return { user, passwordHash, totp: this.#totpOf(user.id, row), codesRefused: { since, before } };
  }

  #totpOf(userId: string, { totpSealed, totpLastStep: lastStep }: typeof users.$inferSelect): SignInRecord['totp'] {
    if (totpSealed === null) return null;
    return { key: () => this.#keyOf(userId, totpSealed), lastStep };
  }

  /** Undefined when it was sealed under another master secret: then no code is right, and recovery codes are what is left. */
  #keyOf(userId: string, totpSealed: string): Uint8Array | undefined {
    try {
      return Buffer.from(this.#box.open(totpSealed, aboutKeyOf(userId)), 'base64url');
    } catch {
      this.#logger.warn(`no code is right for user ${userId}: the key is of another master secret, or was altered`);
      return undefined;
    }
  }
}

function aboutKeyOf(userId: string): string {
  return `users.totp_sealed ${userId}`;
}

function unusedOf(userId: string) {
  return and(eq(recoveryCodes.userId, Number(userId)), isNull(recoveryCodes.usedAt));
}

async function forgetCodes(userId: string, database: Database): Promise<void> {
  await database.delete(recoveryCodes).where(eq(recoveryCodes.userId, Number(userId)));
}

function toRow(userId: string, code: string) {
  const codeHash = recoveryCodeHash(code);
  if (codeHash === undefined) throw new TypeError('not a recovery code');
  return { userId: Number(userId), codeHash };
}
