import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '@servonaut/contracts';
import { wellFormed } from './audit-event.ts';
import { redact } from './redaction.ts';

export interface KeptArgumentsOptions {
  /** HMAC key of the digests. */
  readonly key: Uint8Array;
  readonly policy: 'full' | 'hashed' | 'none';
  /** Most characters of JSON that are kept; of longer ones, the digest. */
  readonly maxLength: number;
}

/** What the audit keeps of the arguments of calls. */
export class KeptArguments {
  readonly #options: Omit<KeptArgumentsOptions, 'key'>;
  /** Node 24 takes five times as long over a key that comes as bytes, each time. */
  readonly #key: KeyObject;

  constructor({ key, ...options }: KeptArgumentsOptions) {
    this.#options = options;
    this.#key = createSecretKey(key);
  }

  /**
   * The digest is over the arguments as they came, and keyed: whoever has the audit and not the master secret cannot try out what they may have been.
   */
  of(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { policy, maxLength } = this.#options;
    if (policy === 'none') return {};
    const given = wellFormed(args);
    const text = canonicalJson(given);
    const digest = { arguments_digest: keyed(this.#key, text) };
    if (policy === 'hashed' || text.length > maxLength) return { ...digest, arguments_length: text.length };
    return { ...digest, arguments: redact(given) };
  }

  /** Of what a call has put out, keyed likewise: short output could be guessed. Undefined where nothing of a call is kept. */
  digestOf(text: string): string | undefined {
    return this.#options.policy === 'none' ? undefined : keyed(this.#key, text);
  }

  /**
   * What is kept of a command that was made from arguments: nothing where those are not kept as they came, for it may hold what was taken out of them,
   * without the name by which that was known.
   */
  ofCommand(command: string, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { policy, maxLength } = this.#options;
    if (policy !== 'full' || command.length > maxLength) return {};
    const given = wellFormed(args);
    return isDeepStrictEqual(redact(given), given) ? { command: redact(command) } : {};
  }
}

function keyed(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
