import type { Duplex } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';
import { inTime } from '../deadline.ts';
import type { Ssh2Link } from '../links/ssh2-link.ts';
import { connectionsClosed, connectTimedOut } from '../ssh-failure.ts';
import { JumpHost, JumpHostGone, type Forward } from './jump-host.ts';
import { jumpHostName, onTheWay } from './on-the-way.ts';

export interface JumpHostsOptions {
  /**
   * Makes room for a jump host before it returns, or throws, and connects: over the one before it, where there is one.
   * @param signal aborts, with a ServonautError as its reason, when the connect is given up
   */
  readonly connect: (name: string, target: SshTarget, signal: AbortSignal) => Promise<Ssh2Link>;
  /** Milliseconds after which a connect that comes to no end is given up. */
  openTimeoutMs(target: SshTarget): number;
  /** Milliseconds after which a jump host that leads nowhere any more is left. */
  readonly idleMs: number;
}

/** The jump hosts that are connected to, each once for all servers behind it. */
export class JumpHosts {
  readonly #options: JumpHostsOptions;
  /** Those that may be asked. */
  readonly #usable = new Map<string, Promise<JumpHost>>();
  readonly #open = new Set<JumpHost>();
  readonly #closing = new AbortController();
  #connecting = 0;

  constructor(options: JumpHostsOptions) {
    this.#options = options;
  }

  /** Connections that are open or being opened. */
  get size(): number {
    return this.#open.size + this.#connecting;
  }

  /**
   * Has the jump host `hop` connect to where `to` says.
   * @throws ServonautError as the connect to the jump host, saying on which way it was, and as `JumpHost.forward`
   */
  async forward(hop: SshTarget, to: Forward): Promise<Duplex> {
    for (let isSecond = false; ; isSecond = true) {
      const host = await this.#usableHost(hop, to.name);
      try {
        return await host.forward(to);
      } catch (error) {
        if (!(error instanceof JumpHostGone)) throw error;
        if (isSecond || this.#closing.signal.aborted)
          throw new ServonautError('server_unreachable', {
            message: `${to.name} could not be reached: its jump host went away.`,
          });
      }
    }
  }

  /** Leaves one that leads nowhere just now. @returns whether there was one */
  leaveIdle(): boolean {
    const idle = [...this.#open].find((host) => host.isIdle);
    idle?.retire();
    return idle !== undefined;
  }

  /** Connects that are under way are given up. */
  close(): void {
    this.#closing.abort(connectionsClosed());
    for (const host of this.#open) host.close();
  }

  async #usableHost(hop: SshTarget, server: string): Promise<JumpHost> {
    const key = JSON.stringify(hop);
    let host = this.#usable.get(key);
    if (!host) {
      const opening = this.#connect(hop, () => {
        if (this.#usable.get(key) === opening) this.#usable.delete(key);
      });
      this.#usable.set(key, opening);
      host = opening;
    }
    return host.catch((error: unknown) => {
      throw error instanceof ServonautError ? onTheWay(server, error) : error;
    });
  }

  async #connect(hop: SshTarget, onUnusable: () => void): Promise<JumpHost> {
    try {
      const link = await this.#link(hop);
      if (this.#closing.signal.aborted) link.end();
      const host = new JumpHost(link, this.#options.idleMs, onUnusable);
      this.#open.add(host);
      host.onClose(() => this.#open.delete(host));
      return host;
    } catch (error) {
      onUnusable();
      throw error;
    }
  }

  async #link(hop: SshTarget): Promise<Ssh2Link> {
    const name = jumpHostName(hop);
    const timeoutMs = this.#options.openTimeoutMs(hop);
    const onTimeout = () => connectTimedOut(name, timeoutMs);
    let counted = 0;
    try {
      return await inTime(timeoutMs, this.#closing.signal, onTimeout, (signal) => {
        const connecting = this.#options.connect(name, hop, signal);
        // Counts only once room has been made for it.
        this.#connecting += counted = 1;
        return connecting;
      });
    } finally {
      this.#connecting -= counted;
    }
  }
}
