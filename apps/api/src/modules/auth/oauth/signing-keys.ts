import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

/** With its private part. Never logged, never sent, never kept in a field that something could serialise. */
export type PrivateJwk = JWK & { readonly kid: string; readonly alg: string };

/** Port: keys that sign access tokens and identity tokens, the same in every process. */
export abstract class SigningKeys {
  /** The next, the active and the retired ones, all of which are published; at least one. */
  abstract all(): readonly PrivateJwk[];

  /** Id of the key that signs now. */
  abstract readonly activeKid: string;

  /** Undefined when the database has no such key, as far as it is believed: for `SERVONAUT_TOKEN_CACHE_MS`. */
  abstract publicKey(kid: string): Promise<KeyObject | undefined>;

  /** Reads them anew from the database. */
  abstract look(): Promise<void>;

  /** Makes a key that signs from now on, and forgets all others: what they have signed is refused. */
  abstract replaceAll(): Promise<void>;

  /** @returns a function that ends the subscription. */
  abstract onChange(listener: () => void): () => void;
}
