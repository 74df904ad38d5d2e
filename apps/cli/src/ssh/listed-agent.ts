import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

// Of a CommonJS package Node sees only some of the names.
const { BaseAgent, OpenSSHAgent } = ssh2;

/** The keys that the agent at `socket` holds. Rejects when it does not answer within `timeoutMs`. */
export function agentKeys(socket: string, timeoutMs: number): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the agent does not answer')), timeoutMs);
    new OpenSSHAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve((keys ?? []) as ParsedKey[]);
    });
  });
}

/** An SSH agent of which only chosen keys are offered, in a chosen order: a server counts every key it is offered (`MaxAuthTries`). */
export class ListedAgent extends BaseAgent<ParsedKey> {
  readonly #agent: InstanceType<typeof OpenSSHAgent>;
  readonly #keys: ParsedKey[];

  constructor(socket: string, keys: readonly ParsedKey[]) {
    super();
    this.#agent = new OpenSSHAgent(socket);
    this.#keys = [...keys];
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, this.#keys);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}
