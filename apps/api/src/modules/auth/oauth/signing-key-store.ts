import { Logger } from '@nestjs/common';
import { inArray, sql } from 'drizzle-orm';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { Database } from '../../../platform/database/database.ts';
import { signingKeys } from '../../../platform/database/schema.ts';
import type { SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { rotationSteps, type KeyTimes, type RotationSteps } from './key-rotation.ts';
import type { PrivateJwk } from './signing-keys.ts';

/** The one that every client of `jose` and every MCP client verifies, and the cheapest to verify here. */
export const SIGNING_ALGORITHM = 'EdDSA';

export interface StoredKey extends KeyTimes {
  readonly jwk: PrivateJwk;
}

/** The table of signing keys, which all processes share. */
export class SigningKeyStore {
  readonly #database: Database;
  readonly #box: SealedBox;
  readonly #lifeMs: number;
  readonly #logger = new Logger('SigningKeys');
  readonly #closed = new Set<string>();

  /** @param lifeMs how long a key signs */
  constructor(database: Database, box: SealedBox, lifeMs: number) {
    this.#database = database;
    this.#box = box;
    this.#lifeMs = lifeMs;
  }

  /** All keys, at least one of which signs. Rotates them first, when that is due. */
  async load(now: Date): Promise<StoredKey[]> {
    const keys = await this.#read();
    return this.#isDue(keys, now) ? this.#rotate(now) : keys;
  }

  /** Makes a key that signs from the instant on, and forgets all others. */
  async replaceAll(now: Date): Promise<void> {
    await this.#alone(async (transaction) => {
      await transaction.delete(signingKeys);
      await transaction.insert(signingKeys).values(await this.#newRow(now));
    });
  }

  /** Several processes find at the same moment that it is due: one does it, and the others wait and find it done. */
  async #rotate(now: Date): Promise<StoredKey[]> {
    return this.#alone(async (transaction) => {
      const { make, forget } = this.#steps(await this.#read(transaction), now);
      if (make) await transaction.insert(signingKeys).values(await this.#newRow(make));
      if (forget.length > 0) await transaction.delete(signingKeys).where(inArray(signingKeys.kid, forget));
      return this.#read(transaction);
    });
  }

  #alone<T>(change: (transaction: Database) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (transaction) => {
      await transaction.execute(sql`select pg_advisory_xact_lock(hashtext('servonaut signing keys'))`);
      return change(transaction);
    });
  }

  #isDue(keys: readonly KeyTimes[], now: Date): boolean {
    const { make, forget } = this.#steps(keys, now);
    return make !== null || forget.length > 0;
  }

  #steps(keys: readonly KeyTimes[], now: Date): RotationSteps {
    return rotationSteps(keys, this.#lifeMs, now);
  }

  async #read(database: Database = this.#database): Promise<StoredKey[]> {
    const rows = await database.select().from(signingKeys);
    return rows.flatMap((row) => this.#opened(row) ?? []);
  }

  /** A key that was sealed under another master secret is none of ours any more; without it the coordinator starts, and makes its own. */
  #opened({ kid, privateSealed, activeFrom }: typeof signingKeys.$inferSelect): StoredKey | undefined {
    try {
      return { kid, activeFrom, jwk: JSON.parse(this.#box.open(privateSealed, about(kid))) as PrivateJwk };
    } catch (error) {
      if (!this.#closed.has(kid)) this.#logger.warn(`signing key ${kid} is left out: ${(error as Error).message}`);
      this.#closed.add(kid);
      return undefined;
    }
  }

  async #newRow(activeFrom: Date): Promise<typeof signingKeys.$inferInsert> {
    const jwk = await newSigningKey();
    return { kid: jwk.kid, activeFrom, privateSealed: this.#box.seal(JSON.stringify(jwk), about(jwk.kid)) };
  }
}

/** Its id is the thumbprint of RFC 7638. */
export async function newSigningKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALGORITHM, use: 'sig' };
}

function about(kid: string): string {
  return `signing_keys/${kid}`;
}
