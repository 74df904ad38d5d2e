import { isDeepStrictEqual } from 'node:util';
import type { SshTarget } from '../inventory/server.ts';
import type { SshConnection } from './ssh-connection.ts';

/** A connection with what it was made for, so that it is not used for anything else. */
export class WarmConnection {
  readonly connection: SshConnection;
  readonly #askTarget: () => Promise<SshTarget>;
  readonly #target: SshTarget;
  readonly #checkMs: number;
  #checkedAt: number;
  #checking: Promise<boolean> | undefined;

  /**
   * @param askTarget of the server that it was made for and not of a later one of the same name, which has resolved nothing yet; in bounded time
   * @param resolvedAt when the target was asked for, by `performance.now`
   * @param checkMs the operator may repoint a server at any time; commands go on to the old machine for no longer than this and a connect
   */
  constructor(
    connection: SshConnection,
    askTarget: () => Promise<SshTarget>,
    target: SshTarget,
    resolvedAt: number,
    checkMs: number,
  ) {
    this.connection = connection;
    this.#askTarget = askTarget;
    this.#target = target;
    this.#checkedAt = resolvedAt;
    this.#checkMs = checkMs;
  }

  /** Whether the target was compared so lately that a call need not wait for it. */
  get isFresh(): boolean {
    return performance.now() - this.#checkedAt < this.#checkMs;
  }

  /**
   * Whether the server is still where this connection leads. Calls at the same time share one check.
   * @throws ServonautError as `askTarget`: where the configuration cannot be read, it is not known that this is the machine
   */
  isCurrent(): Promise<boolean> {
    this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #check(): Promise<boolean> {
    const started = performance.now();
    const isSame = isDeepStrictEqual(await this.#askTarget(), this.#target);
    if (isSame) this.#checkedAt = started;
    return isSame;
  }
}
