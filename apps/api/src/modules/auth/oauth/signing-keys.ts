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

  /** Undefined when there is no such key, also after another look at the database. */
  abstract publicKey(kid: string): Promise<KeyObject | undefined>;

  /** @returns a function that ends the subscription. */
  abstract onChange(listener: () => void): () => void;
}
