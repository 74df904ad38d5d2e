import { isDeepStrictEqual } from 'node:util';
import type { Server, SshTarget } from '../inventory/server.ts';
import type { SshConnection } from './ssh-connection.ts';

/** The operator may repoint a server at any time; commands must not go on to the old machine for longer than this and a connect. */
const TARGET_CHECK_MS = 1_000;

/** A connection with what it was made for, so that it is not used for anything else. */
export class WarmConnection {
  readonly connection: SshConnection;
  /** The one that it was made for and not a later one of the same name: it has resolved its target already. */
  readonly #server: Server;
  readonly #target: SshTarget;
  #checkedAt: number;
  #checking: Promise<boolean> | undefined;

  /** @param resolvedAt when the target was asked for, by `performance.now` */
  constructor(connection: SshConnection, server: Server, target: SshTarget, resolvedAt: number) {
    this.connection = connection;
    this.#server = server;
    this.#target = target;
    this.#checkedAt = resolvedAt;
  }

  /** Whether the target was compared so lately that a call need not wait for it. */
  get isFresh(): boolean {
    return performance.now() - this.#checkedAt < TARGET_CHECK_MS;
  }

  /**
   * Whether the server is still where this connection leads. Calls at the same time share one check.
   * @throws ServonautError as `Server.target`: where the configuration cannot be read, it is not known that this is the machine
   */
  isCurrent(): Promise<boolean> {
    this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #check(): Promise<boolean> {
    const started = performance.now();
    const isSame = isDeepStrictEqual(await this.#server.target(), this.#target);
    if (isSame) this.#checkedAt = started;
    return isSame;
  }
}
