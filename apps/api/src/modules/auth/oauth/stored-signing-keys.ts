import { createPublicKey, type KeyObject } from 'node:crypto';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { inOrderOfUse } from './key-rotation.ts';
import type { SigningKeyStore, StoredKey } from './signing-key-store.ts';
import { SigningKeys, type PrivateJwk } from './signing-keys.ts';

/** How often the table is looked at, in milliseconds; a key is published for far longer before it signs. */
const RELOAD_MS = 30_000;

export interface SigningKeyTimes {
  /** How long the keys of the last look are believed, in milliseconds. */
  readonly believedMs: number;
  /** By which keys are rotated, as all processes have to. */
  readonly now?: () => Date;
  /** By which keys are believed, in milliseconds: a clock that nobody sets. */
  readonly elapsed?: () => number;
}

/** What is in the table, as of the last look. */
export class StoredSigningKeys extends SigningKeys implements OnModuleDestroy {
  readonly #store: SigningKeyStore;
  readonly #believedMs: number;
  readonly #now: () => Date;
  readonly #elapsed: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  readonly #logger = new Logger('SigningKeys');
  #keys: readonly StoredKey[] = [];
  #public = new Map<string, KeyObject>();
  #said = '';
  /** Begun, and the latest of which the keys are. */
  #looks = 0;
  #shown = 0;
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  private constructor(store: SigningKeyStore, times: SigningKeyTimes) {
    super();
    this.#store = store;
    this.#believedMs = times.believedMs;
    this.#now = times.now ?? (() => new Date());
    this.#elapsed = times.elapsed ?? (() => performance.now());
    this.#timer = setInterval(() => void this.#reload(), RELOAD_MS).unref();
  }

  /** There is no authorization server without a key, so that the first look has to succeed. */
  static async open(store: SigningKeyStore, times: SigningKeyTimes): Promise<StoredSigningKeys> {
    const keys = new StoredSigningKeys(store, times);
    try {
      await keys.look();
      return keys;
    } catch (error) {
      keys.onModuleDestroy();
      throw error;
    }
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  all(): readonly PrivateJwk[] {
    return inOrderOfUse(this.#keys, this.#now()).map(({ jwk }) => jwk);
  }

  get activeKid(): string {
    const [active] = inOrderOfUse(this.#keys, this.#now());
    if (!active) throw new Error('there is no signing key');
    return active.kid;
  }

  async publicKey(kid: string): Promise<KeyObject | undefined> {
    if (!this.#public.has(kid) || !this.#areBelieved()) await this.look();
    return this.#public.get(kid);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads the table, which rotates the keys when that is due. Whoever asks meanwhile waits for the same look: strangers, who send tokens of
   * whatever key they like, cause one at a time.
   */
  look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async replaceAll(): Promise<void> {
    await this.#store.replaceAll(this.#now());
    await this.#read();
  }

  #areBelieved(): boolean {
    return this.#elapsed() - this.#lookedAt < this.#believedMs;
  }

  async #read(): Promise<void> {
    const [look, begun] = [++this.#looks, this.#elapsed()];
    const keys = await this.#store.load(this.#now());
    // One that began later has been faster, and may know of a replacement that this one does not.
    if (look < this.#shown) return;
    [this.#shown, this.#lookedAt, this.#keys] = [look, begun, keys];
    this.#public = new Map(this.#keys.map(({ kid, jwk }) => [kid, this.#public.get(kid) ?? publicPart(jwk)]));
    this.#tell();
  }

  /** Of another set, and of another key that signs. */
  #tell(): void {
    const kids = this.all().map(({ kid }) => kid);
    const isNews = this.#said !== kids.join();
    this.#said = kids.join();
    if (isNews) for (const listener of this.#listeners) listener();
  }

  /** Goes on with what it has: its keys are good for as long as nobody rotates them, and that takes the database too. */
  async #reload(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#logger.warn(`signing keys not looked at: ${(error as Error).message}`);
    }
  }
}

function publicPart(jwk: PrivateJwk): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}
