import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

// Of a CommonJS package Node sees only some of the names.
const { BaseAgent } = ssh2;

/** A key or certificate that is offered to a server. */
export interface Offer {
  /** Public key algorithm as the server is asked for it, such as `rsa-sha2-256` or `ssh-ed25519-cert-v01@openssh.com`. */
  readonly algorithm: string;
  /** The public key, or the certificate. */
  readonly blob: Buffer;
  /** Signs with the private key, wherever that is. @returns the signature with its type */
  sign(data: Buffer): Promise<Buffer>;
}

/** ssh2 takes for a key what descends from one that it has parsed, whichever algorithms it knows itself. */
const ANY_KEY = ssh2.utils.parseKey(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
) as ParsedKey;

function asSsh2Key({ algorithm, blob }: Offer): ParsedKey {
  return Object.create(ANY_KEY, {
    type: { value: algorithm },
    getPublicSSH: { value: () => blob },
  }) as ParsedKey;
}

/** An agent to ssh2, which offers what was chosen, in that order: a server counts every key it is offered (`MaxAuthTries`). */
export class OfferedAgent extends BaseAgent<ParsedKey> {
  readonly #offers: ReadonlyMap<ParsedKey, Offer>;

  constructor(offers: readonly Offer[]) {
    super();
    this.#offers = new Map(offers.map((offer) => [asSsh2Key(offer), offer]));
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [...this.#offers.keys()]);
  }

  /** Answers the signature with its type, for which `completeSignatures` makes room. */
  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const answer = typeof options === 'function' ? options : callback;
    const signing = this.#offers.get(key)?.sign(data) ?? Promise.reject(new Error('not a key of this agent'));
    signing.then(
      (signature) => answer?.(null, signature),
      (error: Error) => answer?.(error),
    );
  }
}
